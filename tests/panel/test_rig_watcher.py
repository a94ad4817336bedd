"""The recording watcher, tried on the smallest tray there is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.rig.display import Display
from tests.rig.processes import Process, Processes
from tests.rig.watcher import Watcher

pytestmark = pytest.mark.panel
BARE = Path(__file__).parents[1] / "benchmarks/bare_tray.py"


@pytest.fixture
def bare(started: Processes, display: Display, watcher: Watcher) -> Process:
    """A running bare tray."""
    return started.start(sys.executable, str(BARE))


async def test_tray_registers_shows_icon_tooltip_and_menu(bare: Process, watcher: Watcher) -> None:
    """Icon, tooltip and menu of a tray can be read over D-Bus."""
    item = await watcher.item()
    assert await item.icon_sizes() == {22}
    assert await item.tooltip() == "A bare tray"
    menu = await item.open_menu()
    assert menu.labels() == ["A bare tray", "Say hello", "Quit"]
    assert not menu.children[0].enabled


async def test_clicked_entry_reaches_the_tray(bare: Process, watcher: Watcher) -> None:
    """A click on an entry does what the entry does."""
    item = await watcher.item()
    await item.click(await item.until_label("Say hello"))
    await asyncio.to_thread(bare.wait_for_line, "hello")


async def test_tray_that_ends_is_gone_from_the_watcher(bare: Process, watcher: Watcher) -> None:
    """Quit in the menu ends the process, and the watcher notices."""
    item = await watcher.item()
    await item.click(await item.until_label("Quit"))
    assert await asyncio.to_thread(bare.wait) == 0

    async def gone(_item: object) -> bool:
        return item.gone

    await item.until(gone, 60, "the item is gone")


async def test_watcher_that_comes_back_is_told_again(bare: Process, watcher: Watcher) -> None:
    """Qt registers its icon once more with a watcher that was restarted."""
    await watcher.item()
    await watcher.leave()
    await watcher.arrive()
    item = await watcher.item()
    assert await item.tooltip() == "A bare tray"
