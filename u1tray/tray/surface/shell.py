"""The icon and its empty menu: what can be in the panel before there is anything to say.

Kept small on purpose: everything it imports is paid for before the icon appears.
"""

from __future__ import annotations

from PyQt5.QtWidgets import QMenu

from u1tray.status.values import Indicator
from u1tray.tray.surface.icon import Drawings, TrayIcon
from u1tray.tray.surface.iconstyle import IconStyle
from u1tray.tray.view.look import LOOKS
from u1tray.vocabulary import places


class Shell:
    """Made only once a StatusNotifier host was waited for. Whoever fills it has its parts."""

    def __init__(self, style: IconStyle) -> None:
        self.drawings = Drawings()
        self.menu = QMenu()
        self.icon = TrayIcon(self.menu, self.drawings, style)

    def show(self) -> None:
        """Be in the panel, as stopped: nothing is known yet."""
        self.icon.show(LOOKS[Indicator.STOPPED], places.PROGRAM)
