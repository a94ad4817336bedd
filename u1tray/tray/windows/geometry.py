"""The size of windows, and their place when last closed: `$XDG_STATE_HOME/u1tray/windows.ini`.

Losing the file costs nothing but the places of the windows.
"""

from __future__ import annotations

from PyQt5.QtCore import QByteArray, QSettings
from PyQt5.QtWidgets import QWidget

from u1tray.vocabulary import places


def restore(window: QWidget, name: str) -> None:
    """Put a window where it was; Qt moves it back onto a screen that is there."""
    geometry = _file().value(f"{name}/geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)


def keep(window: QWidget, name: str) -> None:
    """Remember where the window is."""
    _file().setValue(f"{name}/geometry", window.saveGeometry())


def grow(window: QWidget) -> None:
    """Give an open window the height its contents need at its width; it never shrinks by itself.

    Qt's own least height leaves out that a long text takes several lines.
    """
    layout = window.layout()
    if layout is not None and window.isVisible():
        layout.activate()
        needed = layout.totalHeightForWidth(window.width())
        window.resize(window.width(), max(window.height(), needed))


def _file() -> QSettings:
    path = places.state_home() / places.PROGRAM / "windows.ini"
    return QSettings(str(path), QSettings.Format.IniFormat)
