"""The line on a terminal that shows how far a long work is. On stderr; nothing elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

FIRST_AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.2
_CLEAR = "\r\x1b[K"
_BAR_CELLS = 24


class Bar:
    """Shows a `Progress` of the administration, once it takes longer than a second."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._next = time.monotonic() + FIRST_AFTER_SECONDS
        self._is_on_screen = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def stage(self, label: str, total: int | None = None) -> None:
        self._label, self._total, self._done = label, total, 0
        self.advance(0)

    def advance(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if self._is_shown and now >= self._next:
            self._next = now + EVERY_SECONDS
            sys.stderr.write(_CLEAR + self._line())
            sys.stderr.flush()
            self._is_on_screen = True

    def clear(self) -> None:
        """Take the line away, before something is printed."""
        if self._is_on_screen:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._is_on_screen = False

    def _line(self) -> str:
        if not self._total:
            line = f"{self._label}  {self._done}"
        else:
            share = min(1.0, self._done / self._total)
            full = int(share * _BAR_CELLS)
            bar = "#" * full + "-" * (_BAR_CELLS - full)
            line = f"{self._label}  [{bar}]  {self._done} of {self._total}"
        return line[: max(10, shutil.get_terminal_size().columns - 1)]
