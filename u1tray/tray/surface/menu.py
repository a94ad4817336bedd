"""The live menu: a QMenu kept equal to a menu of plain items by the smallest changes.

An open menu is never changed under the pointer: what is wanted meanwhile is applied after it
closed. Knows nothing about status.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QObject, QRect, QRectF, QSize, QTimer, pyqtSignal
from PyQt5.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt5.QtWidgets import QAction, QMenu

from u1tray.tray.view.diff import Change, Insert, Path, Remove, difference
from u1tray.tray.view.item import Item, Kind, Menu

_log = logging.getLogger(__name__)

# A host that never says "closed" leaves the menu as it is for so long at most ...
OPEN_AT_MOST_MS = 30_000
# ... and a click may arrive after "closed": its item must still be there.
CLICK_MAY_FOLLOW_MS = 150
# Some hosts say both "about to show" and "opened" for one opening; what comes later than this is
# another one, also from a host that never said "closed".
SAME_OPENING_SECONDS = 1.0

# GNOME's host asks AboutToShow once when it finds the icon, and shows nothing then.
PRELOADED_WITHIN_SECONDS = 3.0

BAR_SIZE = 16


class LiveMenu(QObject):
    """A QMenu and the items in it. `wanted` is asked anew each time the menu is to be shown."""

    chosen = pyqtSignal(object)  # a Choice
    shown = pyqtSignal()

    def __init__(self, wanted: Callable[[], Menu], widget: QMenu | None = None) -> None:
        super().__init__()
        self.widget = QMenu() if widget is None else widget
        self._ask = wanted
        self._items: Menu = ()
        self._entries = _Entries(self.widget, self.chosen.emit)
        self._is_open = False
        self._preloaded_until = 0.0
        self._asked_at = -math.inf
        self._closing = QTimer(self)
        self._closing.setSingleShot(True)
        self._closing.timeout.connect(self._close)
        self.widget.aboutToShow.connect(self._about_to_show)
        self.widget.aboutToHide.connect(self._about_to_hide)

    def escape_underscores(self) -> None:
        """Write `_` twice: over D-Bus a single one marks a mnemonic, and Qt does not do it."""
        self._entries.escapes_underscores = True

    def expect_preloading(self) -> None:
        """The panel asks for the menu soon after the start without showing it."""
        self._preloaded_until = time.monotonic() + PRELOADED_WITHIN_SECONDS

    @property
    def is_open(self) -> bool:
        """Whether a person may be looking at it."""
        return self._is_open

    def update(self) -> None:
        """Make the menu what is wanted now, or as soon as it is closed."""
        if self._is_open:
            return
        wanted = self._ask()
        for change in difference(self._items, wanted):
            self._entries.apply(change)
        self._items = wanted

    def close(self) -> None:
        """Apply nothing any more."""
        self._closing.stop()
        self._is_open = True

    def _about_to_show(self) -> None:
        now = time.monotonic()
        if now > self._asked_at + SAME_OPENING_SECONDS:
            self._is_open = False
        self._asked_at = now
        if not self._is_open:
            self.update()
        if now < self._preloaded_until:
            return
        self._is_open = True
        self._closing.start(OPEN_AT_MOST_MS)
        self.shown.emit()

    def _about_to_hide(self) -> None:
        self._closing.start(CLICK_MAY_FOLLOW_MS)

    def _close(self) -> None:
        if self.widget.isVisible():  # Qt shows it itself and will tell when it is closed
            self._closing.start(OPEN_AT_MOST_MS)
            return
        self._is_open = False
        self.update()


class _Entries:
    """The QActions of a menu, found by the ids of their items."""

    def __init__(self, menu: QMenu, choose: Callable[[object], None]) -> None:
        self._menus: dict[Path, QMenu] = {(): menu}
        self._actions: dict[Path, QAction] = {}
        self._shown: dict[Path, Item] = {}
        self._choose = choose
        self.escapes_underscores = False

    def apply(self, change: Change) -> None:
        """Make one change of `tray.view.diff`."""
        if isinstance(change, Insert):
            self._insert(change.parent, change.item, change.before)
        elif isinstance(change, Remove):
            self._remove((*change.parent, change.id))
        else:
            self._write((*change.parent, change.item.id), change.item)

    def _insert(self, parent: Path, item: Item, before: str = "") -> None:
        path = (*parent, item.id)
        menu = self._menus[parent]
        action = self._made(path, item, menu)
        self._actions[path] = action
        # Written before it is inserted: the panel hears of one new item, not of its making.
        self._write(path, item)
        for child in item.children:
            self._insert(path, child)
        if before:
            menu.insertAction(self._actions[(*parent, before)], action)
        else:
            menu.addAction(action)

    def _made(self, path: Path, item: Item, menu: QMenu) -> QAction:
        if item.kind is Kind.SUBMENU:
            submenu = QMenu(menu)
            self._menus[path] = submenu
            action = submenu.menuAction()
            assert action is not None
            return action
        action = QAction(menu)
        action.setObjectName(item.id)
        action.setSeparator(item.kind is Kind.SEPARATOR)
        # On macOS and in some desktops words like "Quit" would move items into other menus.
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(partial(self._triggered, path))
        return action

    def _write(self, path: Path, item: Item) -> None:
        """Set what differs; each setter is a signal to the panel."""
        action, shown = self._actions[path], self._shown.get(path, Item(item.id, item.kind))
        if item.text != shown.text:
            action.setText(self._escaped(item.text))
        if _bar_step(item.percent) != _bar_step(shown.percent):
            action.setIcon(bar_icon(item.percent))
        self._shown[path] = item

    def _escaped(self, text: str) -> str:
        if self.escapes_underscores:
            text = text.replace("_", "__")
        return text.replace("&", "&&")

    def _remove(self, path: Path) -> None:
        action, menu = self._actions[path], self._menus[path[:-1]]
        menu.removeAction(action)
        submenu = self._menus.get(path)
        gone = submenu if submenu is not None else action
        for inner in [known for known in self._actions if known[: len(path)] == path]:
            del self._actions[inner], self._shown[inner]
            self._menus.pop(inner, None)
        gone.deleteLater()

    def _triggered(self, path: Path, _checked: bool = False) -> None:
        item = self._shown.get(path)
        if item is None or item.choice is None:
            return
        _log.debug("chosen: %s", "/".join(path))
        self._choose(item.choice)


def _bar_step(percent: int | None) -> int | None:
    """How many pixels of the bar are filled: what makes two bars look different."""
    if percent is None:
        return None
    inner = BAR_SIZE - 4
    filled = round(inner * percent / 100)
    return max(1, filled) if percent > 0 else 0


def bar_icon(percent: int | None) -> QIcon:
    """A small bar filled from the left; empty for None."""
    icon = QIcon()
    step = _bar_step(percent)
    if step is None:
        return icon
    for factor in (1, 2):
        pixmap = _bar(step, factor, full=percent == 100)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            icon.addPixmap(pixmap, mode)
    return icon


def _bar(step: int, factor: int, *, full: bool) -> QPixmap:
    pixmap = QPixmap(QSize(BAR_SIZE, BAR_SIZE) * factor)
    pixmap.fill(QColor(0, 0, 0, 0))  # without loading the names of Qt: 300 KiB
    painter = QPainter(pixmap)
    painter.scale(factor, factor)
    painter.setPen(QColor("#8a939c"))  # seen on light and on dark panels
    painter.drawRect(QRectF(0.5, 3.5, BAR_SIZE - 1, 9))
    filling = QColor("#da3b3b") if full else QColor("#2a82da")
    painter.fillRect(QRect(2, 5, step, 7), filling)
    painter.end()
    return pixmap
