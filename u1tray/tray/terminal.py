"""The indicator on a terminal (`--no-gui`): Qt's event loop without a display, and the console."""

from __future__ import annotations

import sys

from PyQt5.QtCore import QCoreApplication, QTimer

from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.status.language import translator
from u1tray.tray import console
from u1tray.tray.app import App
from u1tray.tray.session import eventloop, instance
from u1tray.tray.session.faults import Faults
from u1tray.tray.session.unixsignals import Endings
from u1tray.tray.settings import SettingsStore
from u1tray.vocabulary import places

FIRST_LINE_MS = 800
"""A line cannot be taken back: the first one waits for the first answers and for 8.2."""


def run() -> int:
    """The exit status, once a signal or `u1tray --quit` ended it. Raises OfflineError.

    Runs beside an indicator in the panel too; then `--quit` and `--show` reach that one.
    """
    endings = Endings()
    loop = attach_qt()
    qt = QCoreApplication([places.PROGRAM])
    eventloop.check(loop)
    Faults().install()
    settings = SettingsStore()
    settings.load()
    bus = open_session(loop)
    wishes = settings.settings
    app = App(qt, bus, loop, _nothing_opens, start_file_sync=wishes.start_file_sync)
    instance.offer(bus, on_show=app.show_window, on_quit=app.quit, describe=app.describe)
    instance.claim(bus)
    endings.call(app.quit)
    app.protocol = "terminal"
    # Read anew for each notice: the one who switches them off sits at another program.
    face = console.Console(console.stdout(), translator(), app.quit, settings.load)
    QTimer.singleShot(FIRST_LINE_MS, lambda: app.set_face(face))
    app.start()
    status = qt.exec()
    _drop_output()
    return status


def _nothing_opens(_url: str) -> bool:
    return False


def _drop_output() -> None:
    """Close standard output here, where a reader that went away can be passed over."""
    try:
        sys.stdout.close()
    except OSError:
        sys.stdout = None
