"""Whether D-Bus will be heard on Qt's event loop, checked before anything depends on it (C1)."""

from __future__ import annotations

import logging

from PyQt5.QtCore import QAbstractEventDispatcher

from u1tray.bus.loop import Loop, LoopKind
from u1tray.vocabulary.errors import UsageError

log = logging.getLogger(__name__)


def check(loop: Loop) -> None:
    """Raise UsageError where GLib's loop stands in for Qt's and this Qt does not run it.

    To be called once there is a QCoreApplication.
    """
    if loop.kind is LoopKind.QT:
        return
    dispatcher = QAbstractEventDispatcher.instance()
    meta = None if dispatcher is None else dispatcher.metaObject()
    name = "" if meta is None else meta.className()
    if "Glib" not in name:
        text = (
            "dbus.mainloop.pyqt5 is missing and this Qt does not run on GLib: D-Bus signals "
            "cannot be delivered. Install python3-dbus.mainloop.pyqt5"
        )
        raise UsageError(text)
    log.warning("dbus.mainloop.pyqt5 is missing: D-Bus is delivered by GLib's event loop instead")
