"""SIGTERM, SIGINT and SIGHUP end a Qt program cleanly, without a timer that looks for them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Callable
from types import FrameType

from PyQt5.QtCore import QSocketNotifier

log = logging.getLogger(__name__)

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Endings:
    """Remembers, from construction on, that a signal came that ends programs. Keep a reference.

    To be made before anything that takes long: what comes before Qt's loop runs is not lost.
    """

    def __init__(self) -> None:
        self._on_end: Callable[[], None] = lambda: None
        self._number: int | None = None
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Python notes a signal in C and runs handlers between instructions, of which a Qt loop
        # at rest executes none: the byte written here wakes it, and waits for it until it runs.
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in ENDING:
            signal.signal(number, self._came)

    def call(self, on_end: Callable[[], None]) -> None:
        """Have this called from Qt's loop when one came or comes. Needs a QCoreApplication."""
        self._on_end = on_end
        self._notifier = QSocketNotifier(
            self._reader,  # type: ignore[arg-type] # the stubs want a sip.voidptr
            QSocketNotifier.Type.Read,
        )
        self._notifier.activated.connect(self._woken)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        self._number = number

    def _woken(self) -> None:
        # By now Python has run _came: handlers run before a slot's first instruction does.
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 64)
        if self._number is not None:
            log.info("ended by %s", signal.Signals(self._number).name)
            self._on_end()
