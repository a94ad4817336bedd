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
    """Calls `on_end` once a signal that ends programs has come. Keep a reference to it."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._number: int | None = None
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Python notes a signal in C and runs handlers between instructions, of which a Qt loop
        # at rest executes none: the byte written here wakes it.
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(
            self._reader,  # type: ignore[arg-type] # the stubs want a sip.voidptr
            QSocketNotifier.Type.Read,
        )
        self._notifier.activated.connect(self._woken)
        for number in ENDING:
            signal.signal(number, self._came)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        self._number = number

    def _woken(self) -> None:
        # By now Python has run _came: handlers run before a slot's first instruction does.
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 64)
        if self._number is not None:
            log.info("ended by %s", signal.Signals(self._number).name)
            self._on_end()
