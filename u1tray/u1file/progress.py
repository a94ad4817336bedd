"""The line on a terminal that shows how far a transfer is, and remarks beside it.

Written to stderr only; nothing where that is no terminal, or where silence is asked for.
"""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

import click

from u1tray.u1file.common import waiting
from u1tray.u1file.remote import printable
from u1tray.vocabulary.units import format_bytes

FIRST_AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.2
LEAST_NAME = 12  # characters of it that come before all figures
_CLEAR = "\r\x1b[K"


def fitting(columns: int, *texts: str) -> str:
    """The first text that has room, of texts that say less and less; else what fits of the last."""
    return next((text for text in texts if len(text) <= columns), texts[-1][: max(columns, 0)])


def named(name: str, figures: str, columns: int) -> str:
    """As much of a name as has room beside the figures."""
    room = max(columns - len(figures) - 2, 0)
    shown = name if len(name) <= room else name[: max(room - 1, 0)] + "…"
    return f"{shown}  {figures}"[:columns]


class Progress:
    """How far the transfer of `name` is. `total` in bytes is known once it starts."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._name = printable(name)
        self._quiet = quiet
        self._is_shown = not quiet and sys.stderr.isatty()
        self._total = 0
        self._done = 0
        self._begun = time.monotonic()
        self._next = self._begun + FIRST_AFTER_SECONDS
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

    def start(self, total: int) -> None:
        """A transfer of `total` bytes begins, or begins again."""
        self._total = total
        self._done = 0
        self._begun = time.monotonic()

    def advance(self, count: int) -> None:
        """`count` more bytes have gone."""
        self._done += count
        now = time.monotonic()
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
        rate = self._done / max(now - self._begun, 0.001)
        percent = 100 * self._done // self._total if self._total else 100
        left = (self._total - self._done) / rate if rate else 0
        done, speed = f"{percent:3} %", f"{format_bytes(int(rate))}/s"
        rest = f"{int(left) // 60}:{int(left) % 60:02} left"
        columns = shutil.get_terminal_size().columns - 1
        figures = fitting(
            columns - min(len(self._name), LEAST_NAME) - 2,
            f"{done}  {format_bytes(self._done)} of {format_bytes(self._total)}  {speed}  {rest}",
            f"{done}  {speed}  {rest}",
            f"{done}  {rest}",
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
