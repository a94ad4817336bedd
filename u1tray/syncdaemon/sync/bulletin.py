"""Says that what a person should know has changed: at most once a second, never for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

BETWEEN_SECONDS = 1.0
_NOT_TOLD = object()


class Bulletin:
    """Compares what `look` gives whenever something may be new, and calls `tell` where it is.

    Make it inside a running loop; `end` it before what `look` looks at is closed.
    """

    def __init__(self, look: Callable[[], Hashable], tell: Callable[[], None]) -> None:
        self._look = look
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._told: Hashable = look()
        self._next_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    def note(self) -> None:
        """Something may be new."""
        if self._timer is None and not self._is_over:
            self._timer = self._loop.call_at(self._next_at, self._publish)

    def changed(self) -> None:
        """Something is new that `look` does not look at."""
        self._told = _NOT_TOLD
        self.note()

    def answered(self) -> None:
        """Somebody asked: if he got what was not told yet, every change from that is news."""
        if self._look() != self._told:
            self._told = _NOT_TOLD

    def end(self) -> None:
        """Say nothing more."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _publish(self) -> None:
        self._timer = None
        self._next_at = self._loop.time() + BETWEEN_SECONDS
        found = self._look()
        if found != self._told:
            self._told = found
            self._tell()
