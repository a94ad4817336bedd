"""A recorded session walked through by a person: step mode waits for each click."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.panel.conftest import Tray
from tests.rig.processes import Processes

pytestmark = pytest.mark.panel
TRACES = Path(__file__).parents[1] / "traces"


async def _choose(item, label: str) -> None:
    node = await item.until_label(label)
    await item.open_menu()
    await item.click(node)
    await item.close_menu()


async def test_person_connects_disconnects_and_stops(tray: Tray, started: Processes) -> None:
    """11.2, step mode: the daemon of the trace does what was recorded after each click."""
    trace = TRACES / "connect-upload-offline-reconnect-disconnect.jsonl"
    item = await tray.start()
    replay = started.module("tests.rig.replay", str(trace), "--mode", "step", "--speed", "2.5")
    await item.until_label("File sync is disconnected")
    await _choose(item, "Connect")
    await item.until_label("File sync is up to date")
    await asyncio.to_thread(replay.wait_for_line, "waiting for disconnect")
    await _choose(item, "Disconnect")
    await item.until_label("File sync is disconnected")
    await asyncio.to_thread(replay.wait_for_line, "waiting for quit")
    await _choose(item, "Stop")
    await item.until_label("No file sync service is installed")
    await asyncio.to_thread(replay.wait_for_line, "end")
