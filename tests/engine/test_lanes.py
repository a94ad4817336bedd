"""Operations at once: no more than allowed over all volumes, and whoever waits is woken."""

from __future__ import annotations

import pytest

from u1tray.engine.runner.lanes import Lanes

pytestmark = pytest.mark.core


def test_who_found_no_room_is_woken_once_when_there_is_some():
    """Each of several, in order; nobody who did not wait."""
    lanes, woken = Lanes(2), []
    first, second = (lambda: woken.append(1)), (lambda: woken.append(2))
    for _ in range(2):
        assert lanes.has_room(first)
        lanes.enter()
    assert [lanes.has_room(second), lanes.has_room(first), lanes.has_room(second)] == [False] * 3
    lanes.leave()
    assert woken == [2, 1]
    assert lanes.has_room(first)
    lanes.leave()
    assert woken == [2, 1]
