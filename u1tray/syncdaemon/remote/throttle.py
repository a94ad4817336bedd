"""A limit of bytes a second that all transfers of one direction share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BURST_SECONDS = 0.25  # of silence may be made good at once
SLICE_SECONDS = 0.25  # after which the rate is asked again


class Throttle:
    """Takes bytes at `rate()` a second at most; None or less than 1 is no limit.

    Whoever comes first is served first. A change of the rate counts at once, for whoever waits,
    too: many small files may wait for hours.
    """

    def __init__(self, rate: Callable[[], int | None]) -> None:
        self._rate = rate
        self._turn = asyncio.Lock()
        self._paid_until = 0.0  # the loop's time

    async def take(self, count: int) -> None:
        """Wait as long as so many bytes cost."""
        if not self._turn.locked() and not self._limit():
            self._paid_until = 0.0
            return
        async with self._turn:
            loop, left = asyncio.get_running_loop(), float(count)
            self._paid_until = max(self._paid_until, loop.time() - BURST_SECONDS)
            while left > 0:
                rate = self._limit()
                if not rate:
                    self._paid_until = 0.0
                    return
                some = min(left, rate * SLICE_SECONDS)
                left -= some
                self._paid_until += some / rate
                await _until(self._paid_until)

    def _limit(self) -> int:
        """The rate of this moment; 0 is no limit."""
        return max(0, self._rate() or 0)


async def _until(moment: float) -> None:
    seconds = moment - asyncio.get_running_loop().time()
    if seconds > 0:
        await asyncio.sleep(seconds)


UNLIMITED = Throttle(lambda: None)
