"""The lines at the end of a terminal that are drawn again and again, and remarks above them.

Written to stderr; whoever calls it from several threads holds a lock.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence


class Screen:
    """Without any line yet; where there is no terminal, nothing may be drawn."""

    def __init__(self) -> None:
        self._lines = 0
        self._said: list[str] | None = None  # while it is collected

    def draw(self, lines: Sequence[str]) -> None:
        """These lines in place of those that are there."""
        self.clear()
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
        self._lines = len(lines)

    def clear(self) -> None:
        """Take the lines away."""
        if self._lines:
            sys.stderr.write(f"\x1b[{self._lines}A\r\x1b[J")
            sys.stderr.flush()
            self._lines = 0

    def remark(self, text: str) -> None:
        """A line that stays."""
        if self._said is not None:
            self._said.append(text)
            return
        self.clear()
        sys.stderr.write(text + "\n")

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """What is remarked meanwhile goes out in one piece afterwards."""
        self._said = []
        try:
            yield
        finally:
            said, self._said = self._said, None
            if said:
                self.remark("\n".join(said))
