"""Signals of the operating system beside a wait of our own: none is lost, none comes too late.

Python runs a handler between two instructions of its own. What it raises inside a callback of a C
library is printed and forgotten, and a wait that is just beginning does not notice it at all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

_HELD_BACK = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wakeup:
    """`descriptor` becomes readable when a signal comes; None where somebody else listens."""

    def __init__(self) -> None:
        self.descriptor: int | None = None
        if threading.current_thread() is not threading.main_thread():
            return
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._writer = writer
        self.descriptor = reader
        if before != -1:
            signal.set_wakeup_fd(before)
            self.close()

    def drain(self) -> None:
        """Be woken by the next one, too."""
        if self.descriptor is not None:
            with contextlib.suppress(BlockingIOError):
                os.read(self.descriptor, 64)

    def close(self) -> None:
        """Listen no more."""
        if self.descriptor is None:
            return
        present = signal.set_wakeup_fd(-1)
        if present not in (-1, self._writer):
            signal.set_wakeup_fd(present)
        os.close(self.descriptor)
        os.close(self._writer)
        self.descriptor = None


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Have signals that end the program come after what is done meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
