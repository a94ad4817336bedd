"""The pure part of the replay: what the recorded service answers, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.trace import Call, Gate, Owner, Signal, Story, read_trace, with_gates

pytestmark = pytest.mark.core
TRACES = sorted((Path(__file__).parents[1] / "traces").glob("*.jsonl"))
NAME = "com.ubuntuone.SyncDaemon"
STATUS = "com.ubuntuone.SyncDaemon.Status"


def signal(member: str, signature: str, *args: object) -> Signal:
    return Signal(0, "/status", STATUS, member, signature, list(args))


@pytest.mark.parametrize("trace", TRACES, ids=lambda path: path.stem)
def test_trace_told_whole_answers_every_recorded_call(trace: Path) -> None:
    """Rule 2: a member asked as it was recorded gets a recorded answer, never UnknownMethod."""
    lines = read_trace(trace)
    story = Story(lines)
    for line in lines:
        if isinstance(line, Call) and line.path != "/status":
            answer = story.ask(line.path, line.member, line.args)
            assert answer is not None
            assert "was not recorded" not in str(answer.error)
        story.tell(line)


def test_first_state_is_waited_for_and_forgotten_with_the_name() -> None:
    """Rule 1: current_status waits for the first state; release forgets it."""
    story = Story([])
    story.tell(Owner(0, NAME, True))
    assert story.ask("/status", "current_status", []) is None
    story.tell(signal("StatusChanged", "a{ss}", {"name": "READY"}))
    answer = story.ask("/status", "current_status", [])
    assert answer is not None
    assert answer.values == [{"name": "READY"}]
    story.tell(Owner(0, NAME, False))
    assert not story.is_owned
    assert story.ask("/status", "current_status", []) is None


def test_queue_and_transfers_are_computed_from_the_signals_sent() -> None:
    """Rule 1: waiting and current_uploads follow Added, Started, Progress, Finished, Removed."""
    story = Story([])
    data = {"running": "", "path": "/a", "share_id": "s", "node_id": "n"}
    story.tell(signal("RequestQueueAdded", "ssa{ss}", "Upload", "7", data))
    assert story.ask("/status", "waiting", []).values == [[["Upload", "7", data]]]
    story.tell(signal("UploadStarted", "s", "/a"))
    numbers = {"n_bytes_written": "5", "deflated_size": "9"}
    story.tell(signal("UploadFileProgress", "sa{ss}", "/a", numbers))
    running = [["Upload", "7", {**data, "running": "True"}]]
    assert story.ask("/status", "waiting", []).values == [running]
    upload = {"path": "/a", "share_id": "s", "node_id": "n", **numbers}
    assert story.ask("/status", "current_uploads", []).values == [[upload]]
    assert story.ask("/status", "current_downloads", []).values == [[]]
    story.tell(signal("UploadFinished", "sa{ss}", "/a", {}))
    story.tell(signal("RequestQueueRemoved", "ssa{ss}", "Upload", "7", data))
    assert story.ask("/status", "current_uploads", []).values == [[]]
    assert story.ask("/status", "waiting", []).values == [[]]


def test_recorded_answer_is_the_newest_before_now_else_the_first_later() -> None:
    """Rule 2, and UnknownMethod for other arguments."""
    calls = [Call(t, "/", "get", ["x"], 0.5, [t], None) for t in (1.0, 2.0)]
    story = Story(list(calls))
    assert story.ask("/", "get", ["x"]).values == [1.0]
    for call in calls:
        story.tell(call)
    answer = story.ask("/", "get", ["x"])
    assert (answer.values, answer.delay) == ([2.0], 0.5)
    assert story.ask("/", "get", ["y"]).error[0].endswith("UnknownMethod")


def test_gate_stands_before_everything_its_call_caused() -> None:
    """Step mode waits where the call was asked, not where its reply came."""
    lines = with_gates(read_trace(next(path for path in TRACES if "wrong" in path.stem)))
    gates = [line.member for line in lines if isinstance(line, Gate)]
    assert gates == ["connect", "disconnect", "quit"]
    asked = [n for n, ln in enumerate(lines) if isinstance(ln, Gate) and ln.member == "quit"]
    lost = next(n for n, ln in enumerate(lines) if isinstance(ln, Owner) and not ln.owned)
    assert asked[0] < lost
