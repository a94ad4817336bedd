"""What the panel hears: nothing about a menu that is open, little about anything else."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.panel.conftest import Tray
from tests.rig.daemon import Daemon, state_dict
from tests.rig.processes import Processes
from tests.rig.watcher import Item

pytestmark = pytest.mark.panel
UP_TO_DATE = "File sync is up to date"
MENU_SIGNALS = ("LayoutUpdated", "ItemsPropertiesUpdated")


async def test_open_menu_is_not_changed_while_the_state_changes_a_hundred_times(
    tray: Tray, daemon: Daemon
) -> None:
    """An open menu never changes under the pointer; closed, it is right."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    opened = await item.open_menu()
    before = item.count(*MENU_SIGNALS)
    for number in range(100):
        daemon.change("AUTH_FAILED" if number % 2 else "UNKNOWN_ERROR")
        await _until_tooltip(item, "server" if number % 2 else "error")
    assert item.count(*MENU_SIGNALS) == before
    assert await item.menu() == opened
    await item.close_menu()
    await item.until_label("The server did not accept your account")


async def test_entry_clicked_after_the_state_changed_still_does_what_it_said(
    tray: Tray, daemon: Daemon
) -> None:
    """What the person saw in the open menu is what a click does."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    disconnect = await item.until_label("Disconnect")
    await item.open_menu()
    daemon.change("AUTH_FAILED")
    await _until_tooltip(item, "The server did not accept")
    await item.click(disconnect)
    await item.close_menu()
    await daemon.asked("disconnect")


async def test_thousand_changes_in_a_second_cost_few_signals_and_end_right(
    tray: Tray, started: Processes
) -> None:
    """11.3: 1000 StatusChanged in a second leave the tray right within 5 s, the panel in peace."""
    storm = started.module("tests.rig.storm", "1000", "--seconds", "1")
    await asyncio.to_thread(storm.wait_for_line, "ready")
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    before, computed, begun = item.count(), tray.process.cpu_seconds, time.monotonic()
    storm.signal(signal.SIGUSR1)
    await asyncio.to_thread(storm.wait_for_line, "sent")
    await item.until_label(UP_TO_DATE)
    took_seconds = max(1.0, time.monotonic() - begun)  # a busy machine takes longer to send them
    assert tray.process.cpu_seconds - computed < 5  # by the clock on a machine at rest
    assert item.count() - before < 60 * took_seconds


async def test_unchanged_state_sends_nothing_to_the_panel(tray: Tray, daemon: Daemon) -> None:
    """T13: equal dicts do nothing."""
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    item = await tray.start()
    await item.until_label(UP_TO_DATE)
    before = item.count()
    for _number in range(50):
        daemon.change("QUEUE_MANAGER")
    await daemon.peer.flush()
    # The tray hears signals in order: once it shows the next state it has seen all fifty.
    during = item.count()
    daemon.change("AUTH_FAILED")
    await item.until_label("The server did not accept")
    assert during == before


async def _until_tooltip(item: Item, text: str) -> None:
    async def shown(_item: Item) -> bool:
        return text in await item.tooltip()

    await item.until(shown, 60, f"{text!r} in the tooltip")
