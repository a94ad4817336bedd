"""The line on a terminal that shows how far a transfer is, and remarks beside it.

Written to stderr only; nothing where that is no terminal, or where silence is asked for.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import time
from types import TracebackType

import click

from u1tray.u1file.common import waiting
from u1tray.u1file.pace import Pace
from u1tray.u1file.remote import printable
from u1tray.vocabulary.units import format_bytes

FIRST_AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.2
LEAST_NAME = 12  # characters of it that come before all figures
_CLEAR = "\r\x1b[K"


def fitting(columns: int, *texts: str) -> str:
    """The first text that has room, of texts that say less and less; else what fits of the last."""
    return next((text for text in texts if len(text) <= columns), texts[-1][: max(columns, 0)])


def remaining(left: int, rate: float | None) -> str:
    """Such as `1:05 left`; as long as nothing can be said, `''`."""
    if not rate:
        return ""
    seconds = int(max(left, 0) / rate)
    return f"{seconds // 60}:{seconds % 60:02} left"


def joined(*texts: str, by: str = "  ") -> str:
    """Those that say something, side by side."""
    return by.join(text for text in texts if text)


def speed(rate: float | None) -> str:
    """Such as `3.1 MB/s`; `''` while it is not known."""
    return "" if rate is None else f"{format_bytes(int(rate))}/s"


def named(name: str, figures: str, columns: int) -> str:
    """As much of a name as has room beside the figures."""
    room = max(columns - width(figures) - 2, 0)
    shown = name if width(name) <= room else _cut(name, room - 1) + "…"
    return _cut(f"{shown}  {figures}", columns)


def width(text: str) -> int:
    """The columns of a terminal that a text takes: two for 日, none for an accent of its own."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


def _width_of(character: str) -> int:
    import unicodedata  # noqa: PLC0415 - for few names only

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, columns: int) -> str:
    """Its beginning, as far as there is room."""
    if text.isascii():
        return text[: max(columns, 0)]
    ends = itertools.accumulate(map(_width_of, text))
    return text[: sum(1 for _ in itertools.takewhile(lambda end: end <= columns, ends))]


class Progress:
    """How far the transfer of `name` is. `total` in bytes is known once it starts."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._name = printable(name)
        self._quiet = quiet
        self._is_shown = not quiet and sys.stderr.isatty()
        self._total = 0
        self._done = 0
        self._pace = Pace()
        self._next = time.monotonic() + FIRST_AFTER_SECONDS
        self._is_on_screen = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()

    def start(self, total: int, there: int = 0) -> None:
        """A transfer of `total` bytes begins, or begins again; some are there from before."""
        now = time.monotonic()
        if self._pace.has_begun and 0 < self._done <= there:
            self._pace.add(there - self._done, now)  # the next request of the same transfer
        else:
            self._pace.begin(now)
        self._total, self._done = total, there

    def advance(self, count: int) -> None:
        """`count` more bytes have gone."""
        self._done += count
        now = time.monotonic()
        self._pace.add(count, now)
        if self._is_shown and now >= self._next:
            self._next = now + EVERY_SECONDS
            self._write(self._line(now))

    def wait(self, seconds: float, why: str) -> None:
        """Remark that a request is tried again."""
        self.remark(waiting(seconds, why))

    def remark(self, text: str) -> None:
        """Print a line beside the progress."""
        if not self._quiet:
            self._clear()
            click.echo(text, err=True)

    def _line(self, now: float) -> str:
        rate = self._pace.rate(now)
        percent = 100 * self._done // self._total if self._total else 100
        done, fast = f"{percent:3} %", speed(rate)
        rest = remaining(self._total - self._done, rate)
        size = f"{format_bytes(self._done)} of {format_bytes(self._total)}"
        columns = shutil.get_terminal_size().columns - 1
        figures = fitting(
            columns - min(width(self._name), LEAST_NAME) - 2,
            joined(done, size, fast, rest),
            joined(done, fast, rest),
            joined(done, rest),
            done,
        )
        return named(self._name, figures, columns)

    def _write(self, line: str) -> None:
        sys.stderr.write(_CLEAR + line)
        sys.stderr.flush()
        self._is_on_screen = True

    def _clear(self) -> None:
        if self._is_on_screen:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._is_on_screen = False
