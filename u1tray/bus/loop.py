"""The event loop that dbus-python delivers into: Qt's own, or GLib's under a Qt built on it (C1).

Programs that only make blocking calls need none. Must not import Qt itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from typing import Any

from u1tray.vocabulary.errors import UsageError


class LoopKind(Enum):
    """Whose loop it is."""

    QT = "qt"
    GLIB = "glib"


@dataclass(frozen=True)
class Loop:
    """A loop to open a bus with. For GLIB the caller makes sure that GLib's loop really runs."""

    kind: LoopKind
    native: Any


def attach_qt() -> Loop:
    """The loop for a Qt program. Raises UsageError where no way is left to deliver signals."""
    try:
        from dbus.mainloop.pyqt5 import DBusQtMainLoop  # noqa: PLC0415 - a package of its own
    except ImportError:
        if os.environ.get("QT_NO_GLIB"):
            text = (
                "dbus.mainloop.pyqt5 is missing and QT_NO_GLIB is set: D-Bus signals cannot be "
                "delivered. Install python3-dbus.mainloop.pyqt5 or unset QT_NO_GLIB"
            )
            raise UsageError(text) from None
        return attach_glib()
    return Loop(LoopKind.QT, DBusQtMainLoop())


def attach_glib() -> Loop:
    """The loop for a program whose GLib main context is iterated by somebody."""
    from dbus.mainloop.glib import DBusGMainLoop  # noqa: PLC0415 - loads GLib

    return Loop(LoopKind.GLIB, DBusGMainLoop())
