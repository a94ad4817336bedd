"""Ctrl-C and its kin: whatever a program is doing, it ends soon, and leaves nothing half.

Python runs a handler between two instructions of the main thread. That alone ends no program: a
wait that is just beginning does not notice the signal, what is raised in a destructor is printed
and forgotten, and what is raised in the middle of a lock leaves it taken. Hence a thread that
stands by. It hears of each signal through a pipe, wakes the main thread until that has noticed,
and ends the program itself where the main thread does not.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from types import FrameType

GRACE_SECONDS = 5.0  # for the main thread to end by itself
NOTICE_SECONDS = 1.0  # for it to notice at all: a library that waits may not let it
_WAKE_SECONDS = 0.05  # until it is woken, again and again
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WAKING = signal.SIGURG  # it does nothing but end what the system waits for


class Interruption:
    """Stands by from `begin` on until it is closed. The main thread's, one at a time.

    The first signal is raised there, as KeyboardInterrupt or SystemExit; the second ends the
    program at once. `number` is the first one, 0 before.
    """

    def __init__(self) -> None:
        self.number = 0
        self._is_swallowed = False
        self._cleanings: list[Callable[[], object]] = []
        self._main = threading.get_ident()
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._writer, False)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        self._hook = sys.unraisablehook
        self._before: dict[int, Any] = {}

    def begin(self) -> None:
        """From now on a signal may be raised at any time, here too."""
        threading.Thread(target=self._stand_by, daemon=True).start()
        sys.unraisablehook = self._note_unraisable
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._before[_WAKING] = signal.signal(_WAKING, _nothing)
        for number in _ENDING:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:  # as nohup wants it
                self._before[number] = handler
                signal.signal(number, self._raise)

    @contextlib.contextmanager
    def cleaning(self, clean: Callable[[], object]) -> Iterator[None]:
        """`clean` is called at the end of this, or else where the program ends.

        By any thread, and perhaps twice.
        """
        self._cleanings.append(clean)
        try:
            yield
        finally:
            clean()
            self._cleanings.remove(clean)

    def close(self) -> None:
        """Signals do again what they did before. Ends the program if one has come."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self.number:
            self.end()
        signal.set_wakeup_fd(-1)
        sys.unraisablehook = self._hook
        os.close(self._writer)

    def end(self) -> NoReturn:
        """Leave with the exit code of the signal, as a shell says it; other threads just end.

        Python's own way out may hang at threads that still run.
        """
        self._clean()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(128 + self.number)

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        if self.number:
            return
        self.number = number
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    def _note_unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Take note of an exception that Python forgets: it may be ours."""
        if self.number and issubclass(unraisable.exc_type, KeyboardInterrupt | SystemExit):
            self._is_swallowed = True
        else:
            self._hook(unraisable)

    def _stand_by(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # the main thread is to be woken
        try:
            number = self._heard(None)
            begun = time.monotonic()
            while not self._is_swallowed:
                limit = GRACE_SECONDS if self.number else min(NOTICE_SECONDS, GRACE_SECONDS)
                left = begun + limit - time.monotonic()
                if left <= 0:
                    break
                if not self.number:
                    signal.pthread_kill(self._main, _WAKING)
                if self._heard(min(left, _WAKE_SECONDS)):
                    break
        except EOFError:
            return
        self._clean()
        os._exit(128 + number)

    def _heard(self, seconds: float | None) -> int:
        """The next signal that ends programs; 0 when none comes in time. EOFError at the end."""
        until = None if seconds is None else time.monotonic() + seconds
        while self._poll.poll(None if until is None else max(until - time.monotonic(), 0) * 1000):
            numbers = os.read(self._reader, 64)
            if not numbers:
                os.close(self._reader)
                raise EOFError
            for number in numbers:  # those that wake come here, too
                if number in self._before and number != _WAKING:
                    return number
        return 0

    def _clean(self) -> None:
        for clean in reversed(self._cleanings):
            with contextlib.suppress(Exception):  # the outermost boundary
                clean()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: being called is enough."""
