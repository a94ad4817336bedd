"""Keeps some serving processes running: starts them, replaces one that dies, ends them all.

The parent holds the listening sockets and answers nobody. It waits for signals and does nothing
else, so that there is nothing in it to fail.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)

# So many deaths within so long are no accident.
MAX_DEATHS = 5
DEATHS_WINDOW_S = 60.0
_FIRST_DELAY_S = 0.1
STOP_TIMEOUT_S = 25.0
READY = signal.SIGUSR1
_STOPPING = (signal.SIGTERM, signal.SIGINT)
_PASSED_ON = signal.SIGHUP  # what it means is for the serving processes to know
_WAITED_FOR = frozenset((signal.SIGCHLD, READY, _PASSED_ON, *_STOPPING))


@dataclass(frozen=True)
class Lifeline:
    """What a serving process has of its parent: `descriptor` ends when the parent is gone."""

    descriptor: int
    parent: int

    def report_ready(self) -> None:
        """Say that requests are answered from now on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.parent, READY)


# Runs in a process of its own until it is told to stop; its exit status.
Work = Callable[[Lifeline], int]


class Supervisor:
    """The parent of `count` processes that do the same work."""

    def __init__(
        self,
        count: int,
        work: Work,
        *,
        on_ready: Callable[[], None],
        on_end: Callable[[int], None],
        on_stop: Callable[[], None] = lambda: None,
        stop_timeout_s: float = STOP_TIMEOUT_S,
    ) -> None:
        """`on_ready` is called once, when the first is ready; `on_end` with each dead one's pid.

        `on_stop` is called when everything is to end, before the processes are told.
        Processes that were told to stop are killed after `stop_timeout_s`.
        """
        self._count = count
        self._work = work
        self._on_ready = on_ready
        self._on_end = on_end
        self._on_stop = on_stop
        self._stop_timeout_s = stop_timeout_s
        self._running: set[int] = set()
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._is_ready = False
        self._status: int | None = None  # known: everything is to end
        self._next_at = 0.0  # when something is due that no signal tells
        self._lifeline, self._held = os.pipe()

    def run(self) -> int:
        """The exit status, once all processes have ended."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
        try:
            while self._status is None or self._running:
                self._fill_up()
                self._take(self._wait())
        finally:
            # One that said at last that it is ready, for example: nobody is to die of that.
            while signal.sigtimedwait(_WAITED_FOR, 0) is not None:
                pass
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self._status

    def _fill_up(self) -> None:
        if self._status is None and time.monotonic() >= self._next_at:
            while len(self._running) < self._count:
                self._running.add(self._start())

    def _wait(self) -> int | None:
        """The next signal, or None when something is due."""
        is_whole = self._status is None and len(self._running) == self._count
        if is_whole:
            return signal.sigwait(_WAITED_FOR)
        left_s = max(0.0, self._next_at - time.monotonic())
        told = signal.sigtimedwait(_WAITED_FOR, left_s)
        return None if told is None else told.si_signo

    def _take(self, number: int | None) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif number == READY:
            if not self._is_ready and self._status is None:
                self._is_ready = True
                self._on_ready()
        elif number == _PASSED_ON:
            self._tell(_PASSED_ON)
        elif number in _STOPPING:
            self._stop(0)
        elif self._status is not None:
            logger.error("serving processes did not stop within %.0f s", self._stop_timeout_s)
            self._tell(signal.SIGKILL)
            self._next_at = time.monotonic() + self._stop_timeout_s

    def _reap(self) -> None:
        while True:
            try:
                pid, code = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._running.discard(pid)
            self._on_end(pid)
            self._judge(pid, os.waitstatus_to_exitcode(code))

    def _judge(self, pid: int, code: int) -> None:
        """Decide what a death means; a negative code is the signal that killed."""
        if self._status is not None:
            # Ctrl-C tells everybody, so our SIGTERM may meet one that has stopped but not ended.
            if code != 0 and -code not in _STOPPING:
                logger.error("the serving process %d ended with %s", pid, _words(code))
                self._status = self._status or 1
            return
        if not self._is_ready:
            # It has said why: another one would fail alike.
            self._stop(code if code > 0 else 1)
            return
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == MAX_DEATHS and now - self._deaths[0] < DEATHS_WINDOW_S:
            logger.critical("serving processes end again and again: giving up")
            self._stop(1)
            return
        recent = sum(now - died < DEATHS_WINDOW_S for died in self._deaths)
        self._next_at = now + (_FIRST_DELAY_S * 2.0**recent if recent > 1 else 0.0)
        logger.error("the serving process %d ended with %s: starting another", pid, _words(code))

    def _stop(self, status: int) -> None:
        self._status = status
        self._on_stop()
        self._next_at = time.monotonic() + self._stop_timeout_s
        self._tell(signal.SIGTERM)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _start(self) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            os.close(self._held)
            status = self._work(Lifeline(self._lifeline, parent))
        except BaseException:
            logger.exception("a serving process failed")
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)


def unblock_signals() -> None:
    """Let the signals in that were held back while a serving process was made."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _WAITED_FOR)


def _words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"status {code}"
