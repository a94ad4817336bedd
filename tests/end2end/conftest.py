"""Fixtures of the whole thing: a display and a panel's watcher beside everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.rig.bus import Bus
from tests.rig.display import Display, start_display
from tests.rig.processes import Processes
from tests.rig.watcher import Watcher


@pytest.fixture
def display(started: Processes) -> Display:
    """An X display; processes started afterwards are on it."""
    return start_display(started)


@pytest.fixture
async def watcher(bus: Bus) -> AsyncIterator[Watcher]:
    """A recording StatusNotifierWatcher, on the bus before the indicator starts."""
    watching = Watcher(bus.address)
    await watching.arrive()
    yield watching
    await watching.leave()
