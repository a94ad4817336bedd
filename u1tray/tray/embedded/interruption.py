"""Ctrl-C and its like while `--embedded` runs: remembered from the start, and never lost.

Python runs a handler between two instructions of its own: what it raises may be swallowed by a
library that was calling back, and a wait that is just beginning may not notice it at all. So a
request is remembered besides, and looked at by every wait that has no end of its own.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import FrameType

from u1tray.tray.embedded.children import Child

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Listens from construction on, also where a shell had Ctrl-C ignored.

    One for a program, made in its main thread. At first a request is raised, too
    (KeyboardInterrupt), until `defer`.
    """

    def __init__(self) -> None:
        self.came = False
        self._raises = True
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # Python writes here in C, as soon as a signal comes: a wait on the other end ends then.
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in ENDING:
            signal.signal(number, self._on_signal)

    @property
    def descriptor(self) -> int:
        """Becomes readable when a request comes."""
        return self._reader

    def defer(self) -> None:
        """Raise nothing any more, but what has come already (KeyboardInterrupt)."""
        self._raises = False
        if self.came:
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """One more must not leave anything running."""
        self._raises = False
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)

    def until_ended(self, child: Child) -> int | None:
        """Wait for a child: its exit status; None when a request came first."""
        child.when_ended(self._wake)
        readable = select.poll()
        readable.register(self._reader, select.POLLIN)
        while not self.came:
            status = child.status
            if status is not None:
                return status
            readable.poll()
            self._drain()
        return None

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes all the same
            os.write(self._writer, b"\0")

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 64)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        if self._raises:
            raise KeyboardInterrupt
