"""A mass deletion with everything real: cloud, credentials, daemon and indicator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rig.accessible import ScreenReader
from tests.rig.bus import Bus
from tests.rig.display import Display
from tests.rig.processes import Processes, wait_until
from tests.rig.watcher import Item, Watcher

pytestmark = [pytest.mark.end2end, pytest.mark.timeout(300)]
UP_TO_DATE = "File sync is up to date"
FILES = 30
HELD = f"{FILES} deletions are held"


@pytest.fixture
async def reader(started: Processes, bus: Bus, display: Display) -> AsyncIterator[ScreenReader]:
    """Reads and answers the windows of what is started after it."""
    reading = await ScreenReader.start(started)
    yield reading
    await reading.close()


@pytest.fixture
async def item(
    started: Processes, bus: Bus, display: Display, watcher: Watcher, home: Path
) -> Item:
    """An indicator whose folder of files is in sync, and gone at once."""
    started.start("u1tray", "--embedded", "--yes")
    shown = await watcher.item(120)
    await shown.until_label(UP_TO_DATE, 60)
    photos = home / "Ubuntu One/Photos"
    photos.mkdir()
    for number in range(FILES):
        (photos / f"{number}.jpg").write_text(f"picture {number}")
    in_sync = await asyncio.to_thread(started.run, "u1sync", "wait", "--timeout", "120")
    assert in_sync.returncode == 0, in_sync.stderr
    assert len(await asyncio.to_thread(_in_cloud, started)) == FILES
    photos.rename(home / "elsewhere")
    return shown


def _in_cloud(started: Processes) -> list[str]:
    listed = started.run("u1file", "list", "Ubuntu One/Photos")
    return [word for word in listed.stdout.split() if word.endswith(".jpg")]


async def test_held_deletions_are_seen_and_brought_back(
    item: Item, started: Processes, home: Path
) -> None:
    """Mass deletion, a line in the menu, one click, and every byte is back."""
    held = await item.until_label(HELD, 60)
    await _until_tooltip(item, UP_TO_DATE)
    assert len(await asyncio.to_thread(_in_cloud, started)) == FILES
    await item.open_menu()
    await item.click(held.find("Bring them back"))
    await item.close_menu()
    photos = home / "Ubuntu One/Photos"

    def contents() -> dict[str, str]:
        return {file.name: file.read_text() for file in photos.glob("*.jpg")}

    wanted = {f"{number}.jpg": f"picture {number}" for number in range(FILES)}
    await asyncio.to_thread(wait_until, lambda: contents() == wanted, 120, "the files")
    await _until_gone(item, HELD)


async def test_held_deletions_are_carried_out_after_a_yes(
    reader: ScreenReader, item: Item, started: Processes
) -> None:
    """They were meant: the click asks, the yes deletes in the cloud too."""
    held = await item.until_label(HELD, 60)
    await item.click(held.find("Delete them in the cloud too"))
    await reader.press("Delete them in the cloud too", "Held deletions")
    await _until_gone(item, HELD)
    await asyncio.to_thread(
        wait_until, lambda: _in_cloud(started) == [], 120, "the cloud without them"
    )


async def _until_tooltip(item: Item, text: str) -> None:
    async def said(seen: Item) -> bool:
        return await seen.tooltip() == text

    await item.until(said, 60, f"the tooltip {text!r}")


async def _until_gone(item: Item, text: str) -> None:
    async def gone(seen: Item) -> bool:
        return (await seen.menu()).find(text) is None

    await item.until(gone, 60, f"nothing of {text!r}")
