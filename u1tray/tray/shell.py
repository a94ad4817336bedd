"""The icon and its empty menu: what can be in the panel before there is anything to say.

Kept small on purpose: everything it imports is paid for before the icon appears.
"""

from __future__ import annotations

from collections.abc import Callable

from u1tray.status.values import Indicator
from u1tray.tray.icon import Drawings, TrayIcon
from u1tray.tray.menu import LiveMenu
from u1tray.tray.settings import IconStyle
from u1tray.tray.view.item import Menu
from u1tray.tray.view.look import LOOKS
from u1tray.vocabulary import places


class Shell:
    """Made only once a StatusNotifier host was waited for. `fill` gives the menu's items."""

    def __init__(self, style: IconStyle) -> None:
        self.fill: Callable[[], Menu] = tuple
        self.drawings = Drawings()
        self.menu = LiveMenu(self._items)
        self.icon = TrayIcon(self.menu.widget, self.drawings, style)

    def show(self) -> None:
        """Be in the panel, as stopped: nothing is known yet."""
        self.icon.show(LOOKS[Indicator.STOPPED], places.PROGRAM)

    def _items(self) -> Menu:
        return self.fill()
