"""The process of the log-in window: its composition root."""

from __future__ import annotations

import logging
import resource
import signal
import sys
import traceback
from types import TracebackType

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import QApplication

from u1tray.credentials.dialog.messages import (
    Close,
    Message,
    Open,
    Raise,
    Ready,
    Registration,
    Show,
)
from u1tray.credentials.window.pipe import Pipe
from u1tray.credentials.window.window import LogInWindow
from u1tray.status.language import translator
from u1tray.vocabulary import places

_log = logging.getLogger(__name__)

PROGRAM = "u1tray-credentials"
CRASHED = 70  # sysexits.h: EX_SOFTWARE


def run() -> int:
    """Run until the service says Close, or is gone; the exit status."""
    # A password must not land in the image of a crashed process.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.basicConfig(
        stream=sys.stderr, format=f"{PROGRAM}: %(levelname)s: %(message)s", level=logging.WARNING
    )
    sys.excepthook = _crash
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    QApplication.setApplicationName(places.PROGRAM)
    QApplication.setDesktopFileName(places.PROGRAM)
    qt = QApplication([places.PROGRAM])
    qt.setQuitOnLastWindowClosed(False)  # the service ends us, once it has heard of it
    qt.setWindowIcon(_icon())
    talk = Talk(qt)
    assert talk is not None
    return qt.exec()


class Talk:
    """The service's messages as acts of the window."""

    def __init__(self, qt: QApplication) -> None:
        self._qt = qt
        self._window: LogInWindow | None = None
        self._pipe = Pipe(self._hear, self._end)

    def _hear(self, message: Message) -> None:
        if isinstance(message, Open):
            self._window = LogInWindow(message, self._pipe.say, translator())
            self._window.appear()
            self._pipe.say(Ready(message.page))
        elif isinstance(message, Close):
            self._end()
        elif self._window is not None:
            self._pass_on(message, self._window)

    def _pass_on(self, message: Message, window: LogInWindow) -> None:
        if isinstance(message, Show):
            window.show_page(message)
        elif isinstance(message, Registration):
            window.answer_registration(message)
        elif isinstance(message, Raise):
            window.bring_up()

    def _end(self) -> None:
        if self._window is not None:
            self._window.finish()
        self._qt.exit(0)


def _icon() -> QIcon:
    file = places.installed("icons/hicolor/scalable/apps/u1tray.svg")
    return QIcon.fromTheme("u1tray", QIcon() if file is None else QIcon(str(file)))


def _crash(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """End, and let the service say so. Without the error's own text, which may hold a password."""
    frames = "".join(traceback.format_tb(trace))
    _log.error("the log-in window failed: %s\n%s", kind.__name__, frames)
    QApplication.exit(CRASHED)
