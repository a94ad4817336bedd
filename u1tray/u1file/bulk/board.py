"""How far many transfers are: some lines on a terminal, a line a file elsewhere. For all threads.

Remarks go to stderr, JSON to stdout; decides nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType

from u1tray.terminal import colours
from u1tray.terminal.colours import Colour
from u1tray.u1file.bulk.outcomes import Outcome, Status, Summary
from u1tray.u1file.bulk.screen import Screen
from u1tray.u1file.bulk.sentences import sentence
from u1tray.u1file.bulk.track import Track
from u1tray.u1file.common import PROGRAM, waiting
from u1tray.u1file.pace import Pace
from u1tray.u1file.progress import fitting, joined, remaining, speed
from u1tray.vocabulary.errors import U1Error
from u1tray.vocabulary.units import format_bytes

FIRST_AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.2
MOST_LINES = 4  # of files that are on their way
LARGE_BYTES = 1024 * 1024  # smaller ones have gone before their line can be read


class StoppedError(Exception):
    """Raised in threads whose work is not wanted any more."""


class Board:
    """Tells what happens. `total_files` and `total_bytes` may become known at any time."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet = quiet
        self._as_json = as_json
        self._is_shown = not quiet and sys.stderr.isatty()
        self._lock = threading.RLock()
        self._tracks: list[Track] = []
        self._bytes = 0
        self._pace = Pace()
        self._next = time.monotonic() + FIRST_AFTER_SECONDS
        self._last_wait = ""
        self._last_error: U1Error | None = None
        self._screen = Screen()
        self.summary = Summary()
        self.total_files: int | None = None
        self.total_bytes = 0
        self.stopped = threading.Event()

    def __enter__(self) -> Board:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._screen.clear()

    @property
    def shows_progress(self) -> bool:
        """Whether somebody sees how much is left."""
        return self._is_shown

    def track(self, name: str) -> Track:
        """One more transfer on its way, until `lose`."""
        made = Track(self, name)
        with self._lock:
            self._tracks.append(made)
        return made

    def lose(self, track: Track) -> None:
        """It ended, either way."""
        with self._lock:
            self._tracks.remove(track)

    def begin(self) -> None:
        """Transfers are under way: from the first of them on, time counts."""
        with self._lock:
            if not self._pace.has_begun:
                self._pace.begin(time.monotonic())

    @contextlib.contextmanager
    def tracking(self, name: str) -> Iterator[Track]:
        """A transfer on its way for as long as this lasts."""
        track = self.track(name)
        try:
            yield track
        finally:
            self.lose(track)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing is on the screen or drawn meanwhile: for what goes to standard output."""
        with self._lock:
            self._screen.clear()
            yield

    def check(self) -> None:
        """Raises StoppedError once that is wanted."""
        if self.stopped.is_set():
            raise StoppedError

    def found(self, count: int) -> None:
        """Bytes are there from before, or were for nothing. Raises StoppedError as `moved`."""
        self.check()
        with self._lock:
            self._bytes += count

    def moved(self, count: int) -> None:
        """Bytes have gone. Raises StoppedError once that is wanted."""
        self.check()
        if not self._is_shown:
            return
        with self._lock:
            self._bytes += count
            now = time.monotonic()
            self._pace.add(count, now)
            if now >= self._next:
                self._next = now + EVERY_SECONDS
                self._draw(now)

    def tell(self, outcome: Outcome) -> None:
        """Count what became of a file, and say it."""
        with self._lock:
            self.summary.add(outcome)
            if self._as_json:
                self._screen.clear()
                sys.stdout.write(json.dumps(outcome.value(), ensure_ascii=True) + "\n")
            if outcome.error is not None:
                if outcome.error is self._last_error:
                    return  # it befell many files at once
                self._last_error = outcome.error
                mark = colours.painted(f"{PROGRAM}:", Colour.ERROR, sys.stderr)
                self._screen.remark(f"{mark} {outcome.error.text}")
            elif not (self._quiet or self._is_shown) or not outcome.is_tried:
                if (said := sentence(outcome)) is not None:
                    self._screen.remark(said)
            elif self._is_shown:
                self.moved_files()

    def tell_all(self, outcomes: Iterable[Outcome]) -> None:
        """The same for many at once: what is said goes out in one piece."""
        with self._lock, self._screen.collecting():
            for outcome in outcomes:
                self.tell(outcome)

    def skip(self, local: str, path: str, size: int, sha1: str | None) -> None:
        """Count a file that is left as it is: quick, for there may be very many."""
        if self._as_json or self._is_shown:
            self.tell(Outcome(Status.SKIPPED, local, path, size, sha1))
            return
        with self._lock:
            self.summary.skipped += 1

    def moved_files(self) -> None:
        """Draw again where it is time."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY_SECONDS
            self._draw(now)

    def wait(self, seconds: float, why: str) -> None:
        """Remark that a request is tried again; many threads may say the same."""
        with self._lock:
            text = waiting(seconds, why)
            if text != self._last_wait and not self._quiet:
                self._last_wait = text
                self._screen.remark(text)

    def pause(self, seconds: float) -> None:
        """Wait between attempts. Raises StoppedError."""
        if self.stopped.wait(seconds):
            raise StoppedError

    def remark(self, text: str) -> None:
        """A line beside the progress, unless it is to be quiet."""
        if not self._quiet:
            with self._lock:
                self._screen.remark(text)

    def _draw(self, now: float) -> None:
        columns = shutil.get_terminal_size().columns - 1
        large = (track for track in self._tracks if track.total >= LARGE_BYTES)
        shown = [track.line(columns) for track in itertools.islice(large, MOST_LINES)]
        shown.append(fitting(columns, *self._overall(now)))
        self._screen.draw(shown)

    def _overall(self, now: float) -> tuple[str, ...]:
        """The line for all of them, and shorter ones for where it has no room."""
        rate = self._pace.rate(now)
        files, fast = self.summary.files, speed(rate)
        if self.total_files is None:
            known = f"{files} files", format_bytes(self._bytes), fast
            return joined(*known, by=", "), joined(*known[:2], by=", "), known[0]
        count = f"{files} of {self.total_files} files"
        size = f"{format_bytes(self._bytes)} of {format_bytes(self.total_bytes)}"
        rest = remaining(self.total_bytes - self._bytes, rate)
        full = joined(count, size, fast, rest, by=", ")
        return full, f"{count}, {size}", joined(count, rest, by=", "), count
