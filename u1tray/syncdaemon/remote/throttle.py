"""A limit of bytes a second that all transfers of one direction share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BURST_SECONDS = 0.25  # of silence may be made good at once


class Throttle:
    """Takes bytes at `rate()` a second at most; None or less than 1 is no limit.

    The rate is asked every time, so a change counts at once.
    """

    def __init__(self, rate: Callable[[], int | None]) -> None:
        self._rate = rate
        self._free_at = 0.0  # the loop's time at which all bytes taken are paid

    async def take(self, count: int) -> None:
        """Wait as long as so many bytes cost."""
        rate = self._rate()
        if rate is None or rate < 1:
            return
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - BURST_SECONDS) + count / rate
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)


UNLIMITED = Throttle(lambda: None)
