"""The inbox: nothing that matters is lost or reordered, and a storm becomes small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.status.events import (
    ConcernsChanged,
    OwnerChanged,
    StatusChanged,
    TransferFinished,
    TransferProgress,
    TransferStarted,
)
from u1tray.status.values import Direction
from u1tray.tray.inbox import Inbox
from u1tray.vocabulary.states import DaemonState

pytestmark = pytest.mark.core

UP = Direction.UPLOAD


def progress(path, written):
    return TransferProgress(UP, path, written, 1000)


def status(name):
    return StatusChanged(DaemonState(name))


def put_all(events):
    inbox = Inbox()
    for event in events:
        inbox.put(event)
    return inbox


def test_consecutive_states_become_the_last_one() -> None:
    """T13: each dict is the whole truth."""
    inbox = put_all([status("READY"), status("WAITING"), status("READY"), status("STANDOFF")])
    assert inbox.take(10) == [status("STANDOFF")]


def test_progress_of_one_path_becomes_the_last_one() -> None:
    """Other paths, and states in between, do not keep it from merging."""
    inbox = put_all([progress("a", 1), progress("b", 1), status("READY"), progress("a", 2)])
    assert inbox.take(10) == [progress("b", 1), status("READY"), progress("a", 2)]


def test_news_beside_the_contract_merge_and_keep_nothing_from_merging() -> None:
    """10.7: the signal carries nothing, so one of them is as good as a hundred."""
    inbox = put_all([ConcernsChanged(), status("READY"), ConcernsChanged(), status("WAITING")])
    assert inbox.take(10) == [ConcernsChanged(), status("WAITING")]


def test_other_events_are_a_barrier() -> None:
    """A state of the next owner never takes the place of one of the last."""
    events = [status("QUEUE_MANAGER"), OwnerChanged(""), OwnerChanged(":1.2"), status("READY")]
    assert put_all(events).take(10) == events


def test_taking_is_bounded_and_in_order() -> None:
    """The rest stays for the next turn."""
    events = [OwnerChanged(str(number)) for number in range(5)]
    inbox = put_all(events)
    assert inbox.take(2) == events[:2]
    assert len(inbox) == 3
    assert inbox.take(9) == events[2:]


def test_event_after_a_take_does_not_replace_what_was_taken() -> None:
    """Merging ends where the mind has already looked."""
    inbox = put_all([status("READY")])
    assert inbox.take(1) == [status("READY")]
    inbox.put(status("WAITING"))
    assert inbox.take(1) == [status("WAITING")]


_EVENTS = st.one_of(
    st.builds(status, st.sampled_from(["READY", "WAITING"])),
    st.builds(progress, st.sampled_from("ab"), st.integers(0, 9)),
    st.builds(TransferStarted, st.just(UP), st.sampled_from("ab")),
    st.builds(TransferFinished, st.just(UP), st.sampled_from("ab")),
)


@given(st.lists(_EVENTS))
def test_what_cannot_be_merged_survives_in_order(events) -> None:
    """Starts and ends all arrive, and the last state and progress of each path arrive last."""
    kept = put_all(events).take(len(events))
    single = (TransferStarted, TransferFinished)
    assert [e for e in kept if isinstance(e, single)] == [
        e for e in events if isinstance(e, single)
    ]
    for kind in (StatusChanged, TransferProgress):
        of_kind = [e for e in events if isinstance(e, kind)]
        assert [e for e in kept if isinstance(e, kind)][-1:] == of_kind[-1:]


@given(st.lists(st.builds(progress, st.sampled_from("ab"), st.integers(0, 9)), max_size=200))
def test_storm_without_other_events_is_as_long_as_its_paths(events) -> None:
    """Twenty thousand signals of two files are two events."""
    assert len(put_all(events)) == len({event.path for event in events})
