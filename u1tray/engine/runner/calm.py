"""Whether a folder still loses files: then a deletion may be the first of very many.

`rm -rf` takes its time. What it has deleted so far is too little to be held (`core.holds`), until
it is too late to hold it: so deletions wait until nothing more has gone for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from u1tray.engine.ports import Clock

CALM_SECONDS = 0.5
LONGEST_SECONDS = 10.0  # for folders in which something is deleted all the time


class Calm:
    """Hears how much is lost. `returned` is called once nothing more has been for a moment."""

    def __init__(self, clock: Clock, returned: Callable[[], None]) -> None:
        self._clock = clock
        self._returned = returned
        self._lost = 0
        self._since = 0.0
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_awaited(self) -> bool:
        """Files were lost a moment ago."""
        return self._timer is not None

    def note(self, lost: int) -> None:
        """So many files are lost, and not deleted in the cloud yet."""
        grew, self._lost = lost > self._lost, lost
        if not grew:
            return
        now = self._clock.monotonic()
        if self._timer is None:
            self._since = now
        self._until = min(now + CALM_SECONDS, self._since + LONGEST_SECONDS)
        if self._timer is None:
            self._wait(self._until - now)

    def stop(self) -> None:
        """Call nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        left = self._until - self._clock.monotonic()
        if left > 0:
            self._wait(left)
            return
        self._timer = None
        self._returned()
