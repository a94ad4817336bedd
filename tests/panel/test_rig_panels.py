"""The two real panels of the rig, tried with the smallest tray."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PyQt5.QtGui import QColor, QImage

from tests.benchmarks.bare_tray import COLOUR
from tests.rig.bus import Bus
from tests.rig.display import Display
from tests.rig.panels import start_trayer, start_xfce_panel, wait_for_name, wait_for_window
from tests.rig.pictures import Box, differing, screenshot, settled
from tests.rig.processes import Processes, wait_until

pytestmark = pytest.mark.panel
BARE = Path(__file__).parents[1] / "benchmarks/bare_tray.py"
TOP = Box(0, 0, 400, 30)


def _patch(started: Processes, home: Path, before: QImage) -> QImage:
    """The icon's patch of the panel, once it is drawn."""

    def look() -> Box | None:
        box = differing(screenshot(started, home / "after.png"), before, TOP)
        return box if box is not None and box.width >= 12 else None

    wait_until(look, 60, "the icon in the panel")
    image = settled(started, home / "after.png")
    box = differing(image, before, TOP)
    assert box is not None
    return image.copy(box.x, box.y, box.width, box.height)


def test_bare_tray_is_seen_in_xfce_panel(
    started: Processes, display: Display, bus: Bus, home: Path
) -> None:
    """StatusNotifier: the panel draws the tray's pixmap."""
    panel = start_xfce_panel(started, bus)
    wait_for_name(started, "org.kde.StatusNotifierWatcher", panel)
    wait_for_window(started, "xfce4-panel", panel)
    before = settled(started, home / "before.png")
    started.start(sys.executable, str(BARE))
    patch = _patch(started, home, before)
    middle = patch.pixelColor(patch.width() // 2, patch.height() // 2)
    assert middle == QColor(COLOUR)


def test_bare_tray_is_seen_in_trayer(
    started: Processes, display: Display, bus: Bus, home: Path
) -> None:
    """XEmbed: the tray's window is embedded and drawn."""
    trayer = start_trayer(started)
    wait_for_window(started, "panel", trayer)
    before = settled(started, home / "before.png")
    started.start(sys.executable, str(BARE))
    patch = _patch(started, home, before)
    middle = patch.pixelColor(patch.width() // 2, patch.height() // 2)
    assert middle == QColor(COLOUR)
