"""The indicator as a person sees it: pictures of two real panels, one of each protocol."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PyQt5.QtGui import QImage

from tests.rig.accessible import ScreenReader
from tests.rig.bus import Bus
from tests.rig.daemon import Daemon, state_dict
from tests.rig.display import Display
from tests.rig.panels import start_trayer, start_xfce_panel, wait_for_name, wait_for_window
from tests.rig.pictures import Box, differing, render, screenshot, settled, similarity
from tests.rig.processes import Process, Processes, wait_until

pytestmark = pytest.mark.panel
ICONS = Path(__file__).parents[2] / "resources/icons/hicolor/scalable/apps"
PANEL = Box(0, 0, 400, 30)
ALIKE = 0.8
SIZES = (22, 24, 16)


def _sees(started: Processes, home: Path, before: QImage, name: str, tray: Process) -> None:
    """Until the panel shows the icon `name`, and no other icon of ours as well."""
    background = before.pixel(PANEL.width // 2, PANEL.height // 2)
    icons = {
        (file.stem, size): render(started, file, size)
        for file in ICONS.glob("u1tray-*.svg")
        for size in SIZES
    }

    def best() -> str:
        image = screenshot(started, home / "screen.png")
        box = differing(image, before, PANEL)
        if box is None or box.width < 12 or box.width > 40:
            return ""
        scores = {key: similarity(image, icon, box, background) for key, icon in icons.items()}
        found = max(scores, key=lambda key: scores[key])
        return found[0] if scores[found] >= ALIKE else ""

    wait_until(lambda: best() == name, 60, f"{name} in the panel", tray)


async def test_icon_is_seen_in_xfce_panel(
    started: Processes, display: Display, bus: Bus, daemon: Daemon, home: Path
) -> None:
    """StatusNotifierItem in xfce4-panel: our drawing, and another one in another state."""
    panel = start_xfce_panel(started, bus)
    wait_for_name(started, "org.kde.StatusNotifierWatcher", panel)
    wait_for_window(started, "xfce4-panel", panel)
    before = settled(started, home / "before.png")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    tray = started.start("u1tray", "--debug")
    await asyncio.to_thread(tray.wait_for_line, "tray protocol: StatusNotifierItem")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-idle", tray)
    daemon.change("AUTH_FAILED")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-login", tray)


async def test_icon_is_seen_in_trayer(
    started: Processes, display: Display, bus: Bus, daemon: Daemon, home: Path
) -> None:
    """XEmbed in trayer, where no StatusNotifier host is."""
    trayer = start_trayer(started)
    wait_for_window(started, "panel", trayer)
    before = settled(started, home / "before.png")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    tray = started.start("u1tray", "--debug")
    await asyncio.to_thread(tray.wait_for_line, "tray protocol: XEmbed")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-idle", tray)
    daemon.change("UNKNOWN_ERROR")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-error", tray)


async def test_name_with_markup_is_read_as_it_is_in_trayer(
    started: Processes, display: Display, bus: Bus, daemon: Daemon, home: Path
) -> None:
    """XEmbed: Qt itself shows the tooltip, and would take a name like `<b>` for markup."""
    reader = await ScreenReader.start(started)
    trayer = start_trayer(started)
    wait_for_window(started, "panel", trayer)
    before = settled(started, home / "before.png")
    await daemon.appear(state_dict("QUEUE_MANAGER"))
    tray = started.start("u1tray", "--debug")
    await asyncio.to_thread(tray.wait_for_line, "tray protocol: XEmbed")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-idle", tray)
    daemon.change("QUEUE_MANAGER", "WORKING")
    daemon.emit("UploadStarted", "s", "/u/a<b>&amp; c.txt")
    await asyncio.to_thread(_sees, started, home, before, "u1tray-syncing", tray)
    box = differing(screenshot(started, home / "screen.png"), before, PANEL)
    assert box is not None
    for step in range(3):  # a pointer that moves over it, as a hand does
        started.run("xdotool", "mousemove", str(box.x + 4 + step), str(box.y + 5))
    await reader.read("Syncing a<b>&amp; c.txt")
    await reader.close()
