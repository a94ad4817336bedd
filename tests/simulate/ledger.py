"""How many files an engine deletes on one side: no more than its limits and what people meant."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from u1tray.engine.core.holds import Limits


class TooManyDeletedError(AssertionError):
    """A mass deletion went through, at once or bit by bit."""


DECIDED_SECONDS = 120.0  # no deletion was decided on longer ago


class Ledger:
    """The deletions of one device on one side. Knows nothing of how the engine counts."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._moments: list[float] = []
        self._applied: list[float] = []
        self._meant = 0
        self._agreed: deque[tuple[float, int]] = deque()
        self._keys: set[str] = set()

    def saw(self, agreed: int) -> None:
        """So many files were agreed when the engine weighed."""
        now = self._now()
        while self._agreed and self._agreed[0][0] < now - DECIDED_SECONDS:
            self._agreed.popleft()
        self._agreed.append((now, agreed))

    def applied(self, files: int) -> None:
        """A person meant the deletion of so many; the engine counts anew."""
        self._meant += files
        self._applied.append(self._now())

    def deleted(self, files: int, key: str = "") -> None:
        """So many are gone now, or the one of a key. Raises TooManyDeletedError."""
        if not files:
            return  # an empty directory is none, whatever was right before it
        if key in self._keys:
            return  # the cloud was restored before it had told that it is gone
        if key:
            self._keys.add(key)
        self._moments += [self._now()] * files
        since = self._now() - self._limits.recent_seconds
        recent = sum(moment >= since for moment in self._moments)
        times = 1 + sum(moment >= since for moment in self._applied)
        each = math.ceil(max(0, recent - self._meant) / times)
        agreed = max((number for _, number in self._agreed), default=0)
        if self._limits.holds(each, agreed + recent):
            raise TooManyDeletedError(
                f"{recent} beside {agreed}, {self._meant} meant, in {times} parts"
            )
