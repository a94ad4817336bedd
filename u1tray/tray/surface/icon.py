"""The icon in the panel: our drawings as pixmaps of the sizes panels ask for, and the tray item.

Decides nothing about status. A panel hears of a change only when there is one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QObject, QRect, QSize, pyqtSignal
from PyQt5.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PyQt5.QtWidgets import QApplication, QMenu, QStyle, QSystemTrayIcon, QWidget

from u1tray.tray.plain import plain
from u1tray.tray.surface.drawing import Drawing, read
from u1tray.tray.surface.iconstyle import IconStyle
from u1tray.tray.view.look import SYMBOLIC, Look
from u1tray.vocabulary import places

SIZES = (16, 22, 24, 32, 44, 48, 64, 96)

_TINTS = {IconStyle.LIGHT: "#f2f2f2", IconStyle.DARK: "#363636"}

# Desktops whose panels recolour an icon by the name of its symbolic twin.
_SYMBOLIC_DESKTOPS = frozenset({"gnome", "unity", "budgie", "pantheon"})


_EMBEDDED = "QSystemTrayIconSys"  # a private class of Qt 5


def file_of(name: str) -> Path | None:
    """The installed drawing of one of our icons, or None."""
    return places.installed(_place(name))


def is_in_theme(name: str) -> bool:
    """Whether the desktop finds the icon by its name (Icon Theme Specification, directories).

    Asked of the disk and not of QIcon, which reads the index of the whole theme for it.
    """
    directories = (places.data_home(), *places.data_dirs())
    return any((directory / _place(name)).exists() for directory in directories)


def _place(name: str) -> str:
    kind = "symbolic" if name.endswith(SYMBOLIC) else "scalable"
    return f"icons/hicolor/{kind}/apps/{name}.svg"


def prefers_symbolic(desktop: str) -> bool:
    """Whether the desktop in `$XDG_CURRENT_DESKTOP` asks for symbolic icons."""
    return any(word in _SYMBOLIC_DESKTOPS for word in desktop.lower().split(":"))


def preloads_menu(desktop: str) -> bool:
    """Whether the desktop's panel asks for a menu when it finds an icon, without showing it."""
    return "gnome" in desktop.lower().split(":")


class Drawings:
    """Icons by look and style, each read once and drawn at the sizes that are asked for."""

    def __init__(self, find: Callable[[str], Path | None] = file_of) -> None:
        self._find = find
        self._drawn: dict[tuple[Look, IconStyle, bool], QIcon] = {}

    def icon(self, look: Look, style: IconStyle, *, marked: bool = False) -> QIcon:
        """The icon in a style; never an empty one.

        With a name where the desktop finds that, so that the panel can choose size and colour.
        `marked`: with a dot in its corner, for something that waits for the person; such an
        icon has no name, under which the panel would find it without the dot.
        """
        key = (look, style, marked)
        if key not in self._drawn:
            self._drawn[key] = self._made(look, style, marked)
        return self._drawn[key]

    def _made(self, look: Look, style: IconStyle, marked: bool) -> QIcon:
        tint = _TINTS.get(style)
        file = self._find(look.symbolic if tint else look.icon)
        if file is not None:
            drawing = read(file, tint)
            if drawing is not None and marked:
                return QIcon(_Engine(drawing.marked(), ""))
            if drawing is not None:
                names = filter(is_in_theme, _theme_names(look, style))
                return QIcon(_Engine(drawing, next(names, "")))
        fallback = QIcon.fromTheme(look.fallback)
        return fallback if not fallback.isNull() else _last_resort()


def _theme_names(look: Look, style: IconStyle) -> tuple[str, ...]:
    if style in _TINTS:
        return ()
    if style is IconStyle.AUTOMATIC and prefers_symbolic(os.environ.get("XDG_CURRENT_DESKTOP", "")):
        return (look.symbolic, look.icon)
    return (look.icon,)


class _Engine(QIconEngine):
    """Draws an icon when a size of it is first asked for. `name`: how a panel finds it, or ''."""

    def __init__(
        self, drawing: Drawing, name: str, drawn: dict[int, QPixmap] | None = None
    ) -> None:
        super().__init__()
        self._drawing = drawing
        self._name = name
        self._drawn = {} if drawn is None else drawn

    def clone(self) -> QIconEngine:
        """Another engine with the same drawing and pixmaps."""
        return _Engine(self._drawing, self._name, self._drawn)

    def iconName(self) -> str:  # noqa: N802 - Qt's name
        """What a StatusNotifier host is told beside the pixmaps."""
        return self._name

    def availableSizes(  # noqa: N802 - Qt's name
        self, mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off
    ) -> list[QSize]:
        """The sizes a panel is offered."""
        return [QSize(size, size) for size in SIZES]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon at any size."""
        side = max(1, min(size.width(), size.height()))
        if side not in self._drawn:
            self._drawn[side] = self._drawing.pixmap(side)
        return self._drawn[side]

    def paint(
        self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        """The icon where Qt itself draws: in an XEmbed tray, in the middle of its place there."""
        if painter is not None:
            device = painter.device()
            factor = 1.0 if device is None else device.devicePixelRatioF()
            side = min(rect.width(), rect.height())
            square = QRect(0, 0, side, side)
            square.moveCenter(rect.center())
            size = QSize(round(side * factor), round(side * factor))
            painter.drawPixmap(square, self.pixmap(size, mode, state))


def _last_resort() -> QIcon:
    """An icon that every Qt has drawn in: better a strange icon than an invisible one."""
    style = QApplication.style()
    assert style is not None
    return style.standardIcon(QStyle.StandardPixmap.SP_DriveNetIcon)


def _embedded_icons() -> list[QWidget]:
    """The windows that Qt puts into an XEmbed tray; none over StatusNotifier."""
    widgets = ((widget, widget.metaObject()) for widget in QApplication.topLevelWidgets())
    return [w for w, meta in widgets if meta is not None and meta.className() == _EMBEDDED]


class TrayIcon(QObject):
    """The item in the panel. Made only once a StatusNotifier host was waited for."""

    clicked = pyqtSignal()

    def __init__(self, menu: QMenu, drawings: Drawings, style: IconStyle) -> None:
        super().__init__()
        self._drawings = drawings
        self._style = style
        self._look: Look | None = None
        self._tooltip = ""
        self._marked = False
        self._item = QSystemTrayIcon()
        self._item.setContextMenu(menu)
        self._item.activated.connect(self._activated)

    def show(self, look: Look, tooltip: str, *, marked: bool = False) -> None:
        """Show an icon and a tooltip; the panel hears only of what changed."""
        if look != self._look or marked is not self._marked:
            self._look, self._marked = look, marked
            self._item.setIcon(self._drawings.icon(look, self._style, marked=marked))
        if tooltip != self._tooltip:
            self._item.setToolTip(self._plain(tooltip))
        if not self._item.isVisible():
            self._item.setVisible(True)
        if tooltip != self._tooltip:
            self._tooltip = tooltip
            self._name_embedded(tooltip)

    def set_style(self, style: IconStyle) -> None:
        """Draw the icon in another style."""
        if style is self._style:
            return
        self._style = style
        if self._look is not None:
            self._item.setIcon(self._drawings.icon(self._look, style, marked=self._marked))

    @property
    def is_embedded(self) -> bool:
        """Whether Qt took the old XEmbed protocol, where Qt itself draws icon and menu."""
        return bool(_embedded_icons())

    def close(self) -> None:
        """Take the icon out of the panel."""
        self._item.setVisible(False)

    def _plain(self, tooltip: str) -> str:
        """What is shown by Qt itself (XEmbed), and not by a panel."""
        return plain(tooltip) if self.is_embedded else tooltip

    def _name_embedded(self, sentence: str) -> None:
        """Tell screen readers; over StatusNotifier they are told the tooltip by the panel."""
        for widget in _embedded_icons():
            widget.setAccessibleName(sentence)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.MiddleClick,
        ):
            self.clicked.emit()
