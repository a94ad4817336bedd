"""The processes `--embedded` runs: started apart from the terminal, and ended with it, always.

Their output goes into log files. Should this process be killed outright, the kernel ends them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from u1tray.disk import files
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import NotFoundError, OfflineError, ServerError

END_SECONDS = 5.0
RUN_SECONDS = 30.0

_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None, use_errno=True)


class Child:
    """One running process. `log_name` None: it keeps our standard streams."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], log_name: str | None
    ) -> None:
        self.name = Path(words[0]).name
        self.log = places.log_directory() / log_name if log_name else None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._waiting = self.log is not None
        self.was_ended = False  # by us
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                words,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=None if self.log is None else subprocess.PIPE,
                stderr=None if self.log is None else subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to hand on, in the right order
                # Our threads only copy output: none holds a lock that this one call would want.
                preexec_fn=_end_with_parent,  # noqa: PLW1509
            )
        except OSError as error:
            text = f"{words[0]} cannot be started: {error.strerror}. Is u1tray fully installed?"
            raise NotFoundError(text) from None
        if self.log is not None and self._process.stdout is not None:
            files.make_directory(self.log.parent)
            # Not a file of the child's own: it could not be read line by line without polling.
            threading.Thread(
                target=self._record, args=(self._process.stdout, self.log), daemon=True
            ).start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def wait_for_line(self, start: str, within_seconds: float) -> str:
        """The rest of the first line of output that begins with `start`.

        Raises ServerError when it ended instead, OfflineError when it took too long.
        """
        deadline = time.monotonic() + within_seconds
        last = ""
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                text = f"{self.name} was not ready within {within_seconds:.0f} s; see {self.log}"
                raise OfflineError(text) from None
            if line is None:
                told = last or f"status {self._process.wait()}"
                text = f"{self.name} ended at once ({told}); see {self.log}"
                raise ServerError(text)
            if line.startswith(start):
                self._waiting = False
                return line.removeprefix(start).strip()
            last = line.strip() or last

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait()

    def when_ended(self, then: Callable[[], None]) -> None:
        """Have `then` called once it has ended, by a thread of its own."""

        def waiting() -> None:
            self.wait()
            then()

        threading.Thread(target=waiting, daemon=True).start()

    def ask_to_end(self) -> None:
        """SIGTERM."""
        self.was_ended = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def end(self, within_seconds: float = END_SECONDS) -> None:
        """SIGTERM; SIGKILL, to its whole session, when it stays."""
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within_seconds)
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _record(self, output: IO[bytes], log: Path) -> None:
        with output, log.open("ab", buffering=0) as kept:
            for line in output:
                kept.write(line)
                if self._waiting:
                    self._lines.put(line.decode(errors="replace").rstrip("\n"))
        self._lines.put(None)


class Children:
    """All of them. Ended last first."""

    def __init__(self) -> None:
        self._all: list[Child] = []
        self._starting = threading.Lock()
        self._end = threading.Event()

    def start(
        self,
        words: Sequence[str],
        environment: Mapping[str, str] | None = None,
        log_name: str | None = None,
    ) -> Child:
        """Start one more. Raises NotFoundError; OfflineError when all were ended already."""
        with self._starting:
            if self.are_ending:
                text = f"{words[0]} is not started any more: everything is being ended"
                raise OfflineError(text)
            child = Child(words, environment or {}, log_name)
            self._all = [*(one for one in self._all if one.status is None), child]
            return child

    @property
    def are_ending(self) -> bool:
        """Whether no more are started."""
        return self._end.is_set()

    def wait_for_end(self, within_seconds: float) -> bool:
        """Whether that came to be in time."""
        return self._end.wait(within_seconds)

    def end(self) -> None:
        """End every one that still runs, for good."""
        with self._starting:
            self._end.set()
        while self._all:
            self._all.pop().end()


def run(words: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end; its output is captured. Raises OfflineError, NotFoundError."""
    try:
        return subprocess.run(  # noqa: S603
            words,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        text = f"{Path(words[0]).name} did not finish within {RUN_SECONDS:.0f} s"
        raise OfflineError(text) from None
    except OSError as error:
        text = f"{words[0]} cannot be started: {error.strerror}. Is u1tray fully installed?"
        raise NotFoundError(text) from None


def _end_with_parent() -> None:
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
