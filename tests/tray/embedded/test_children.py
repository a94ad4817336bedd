"""Child processes: waited for by what they say, and always ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.processes import wait_until
from u1tray.tray.embedded.children import Children, run
from u1tray.vocabulary.errors import NotFoundError, OfflineError, ServerError

pytestmark = pytest.mark.core


@pytest.fixture
def children():
    running = Children()
    yield running
    running.end()


def exists(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()


def test_line_is_waited_for_and_all_output_is_logged(children):
    """The wait ends with the line; what comes before and after is in the log."""
    script = "echo one; echo ready http://x; echo two >&2; exec sleep 60"
    child = children.start(["sh", "-c", script], log_name="child.log")
    assert child.wait_for_line("ready ", 60) == "http://x"
    wait_until(lambda: "two" in child.log.read_text(), 60, "the log is complete")
    assert child.log.read_text() == "one\nready http://x\ntwo\n"


def test_child_that_ends_at_once_tells_its_last_words(children):
    """The error is what the program said, not that a line was missing."""
    child = children.start(["sh", "-c", "echo no such port >&2; exit 2"], log_name="child.log")
    with pytest.raises(ServerError, match="no such port"):
        child.wait_for_line("ready", 60)


def test_mute_child_is_given_up_in_time(children):
    """The wait is bounded."""
    child = children.start(["sleep", "60"], log_name="child.log")
    with pytest.raises(OfflineError, match="not ready within"):
        child.wait_for_line("ready", 0.1)


def test_stubborn_child_is_killed_with_its_session():
    """SIGTERM ignored: SIGKILL, and none of its own children stay."""
    children = Children()
    script = "trap '' TERM; sleep 60 & echo ready $!; wait; wait"
    child = children.start(["sh", "-c", script], log_name="child.log")
    grandchild = int(child.wait_for_line("ready ", 60))
    child.end(within_seconds=0.2)
    wait_until(lambda: not exists(grandchild) or _is_zombie(grandchild), 60, "the grandchild ended")
    assert child.status is not None


def test_missing_program_is_said():
    """Not a traceback."""
    with pytest.raises(NotFoundError, match="fully installed"):
        Children().start(["/nonexistent/u1server"])
    with pytest.raises(NotFoundError, match="fully installed"):
        run(["/nonexistent/u1server"])


def test_children_end_when_their_parent_is_killed(tmp_path):
    """The kernel sends SIGTERM, so that even SIGKILL of ours leaves nothing behind."""
    script = (
        "from u1tray.tray.embedded.children import Children\n"
        "import time\n"
        "child = Children().start(['sleep', '60'], log_name='child.log')\n"
        "print(child.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not exists(child) or _is_zombie(child), 60, "the child ended")


def test_password_goes_by_standard_input():
    """Never by the argument list."""
    assert run(["cat"], stdin="correct horse\n").stdout == "correct horse\n"


def _is_zombie(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
