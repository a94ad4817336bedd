"""Operations at once: no more than allowed over all volumes, and whoever waits is woken."""

from __future__ import annotations

import pytest

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Side
from u1tray.engine.runner.lanes import SMALL_BYTES, SMALL_IN_LANE, Lanes

pytestmark = pytest.mark.core

_MOVE = op.Move(Side.REMOTE, 1, 2, "a")


def _transfer(size: int) -> op.Transfer:
    content = Content(bytes(20), size)
    return op.Transfer(Side.REMOTE, 1, 2, "a", content, None, None)


def test_who_found_no_room_is_woken_once_when_there_is_some():
    """Each of several, in order; nobody who did not wait."""
    lanes, woken = Lanes(2), []
    first, second = (lambda: woken.append(1)), (lambda: woken.append(2))
    for _ in range(2):
        assert lanes.has_room(first)
        lanes.enter(_MOVE)
    assert [lanes.has_room(second), lanes.has_room(first), lanes.has_room(second)] == [False] * 3
    lanes.leave(_MOVE)
    assert woken == [2, 1]
    assert lanes.has_room(first)
    lanes.leave(_MOVE)
    assert woken == [2, 1]


def test_who_was_served_last_comes_last():
    """A volume of very many files takes turns with the others."""
    lanes, woken = Lanes(1), []
    many, few = (lambda: woken.append("many")), (lambda: woken.append("few"))
    for _ in range(2):
        assert lanes.has_room(many)
        lanes.enter(_MOVE)
        assert not lanes.has_room(many)
        assert not lanes.has_room(few)
        woken.clear()
        lanes.leave(_MOVE)
    assert woken == ["few", "many"]


def test_who_gave_up_is_not_woken():
    """Nor remembered: its volume may be gone."""
    lanes, woken = Lanes(1), []
    wake = lambda: woken.append(1)  # noqa: E731 - one object
    lanes.enter(_MOVE)
    assert not lanes.has_room(wake)
    lanes.give_up(wake)
    lanes.leave(_MOVE)
    assert woken == []


@pytest.mark.parametrize(
    ("size", "most"), [(SMALL_BYTES, 2 * SMALL_IN_LANE + 1), (SMALL_BYTES + 1, 3)]
)
def test_small_transfers_share_lanes_and_leave_one_for_others(size, most):
    """Of three lanes, small files take two, and begin the third only if it is free."""
    lanes, begun = Lanes(3), 0
    while lanes.has_room(lambda: None):
        lanes.enter(_transfer(size))
        begun += 1
    assert begun == most


def test_new_directories_share_lanes_as_small_transfers_do():
    """What is in them is decided about meanwhile."""
    lanes = Lanes(2)
    for number in range(SMALL_IN_LANE + 1):
        assert lanes.has_room(lambda: None)
        lanes.enter(op.Make(Side.REMOTE, number, 2, "a"))
    assert not lanes.has_room(lambda: None)


def test_one_lane_carries_one_small_transfer_at_a_time():
    """So `simult_transfers = 1` (10.6) means what it says."""
    lanes = Lanes(1)
    lanes.enter(_transfer(1))
    assert not lanes.has_room(lambda: None)
    lanes.leave(_transfer(1))
    assert lanes.has_room(lambda: None)


def test_small_transfers_take_no_lane_that_large_ones_have():
    """As many large files as there are lanes are never exceeded."""
    lanes = Lanes(2)
    lanes.enter(_transfer(SMALL_BYTES + 1))
    assert lanes.has_room(lambda: None)
    lanes.enter(_transfer(0))
    assert not lanes.has_room(lambda: None)
