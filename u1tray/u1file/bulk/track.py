"""One transfer on its way, as the board shows it."""

from __future__ import annotations

from typing import Protocol

from u1tray.u1file.progress import named
from u1tray.vocabulary.units import format_bytes


class Counter(Protocol):
    """Whoever counts the bytes of all transfers. Raises StoppedError once that is wanted."""

    def found(self, count: int) -> None:
        """Bytes are there from before, or were for nothing."""

    def moved(self, count: int) -> None:
        """Bytes have gone."""


class Track:
    """One transfer on its way."""

    def __init__(self, counter: Counter, name: str) -> None:
        self._counter = counter
        self.name = name
        self.total = 0
        self.done = 0

    def start(self, total: int, there: int = 0) -> None:
        """It begins, or begins again, with some that are there from before.

        Raises StoppedError.
        """
        self._counter.found(there - self.done)
        self.total, self.done = total, there

    def advance(self, count: int) -> None:
        """`count` more bytes have gone. Raises StoppedError."""
        self.done += count
        self._counter.moved(count)

    def line(self, columns: int) -> str:
        """How far it is, for a terminal."""
        figures = f"{100 * self.done // self.total:3} %  {format_bytes(self.total)}"
        return named(self.name, figures, columns)
