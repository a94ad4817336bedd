"""The real time (ports.Clock)."""

from __future__ import annotations

import asyncio
import time


class RealClock:
    """The time of this computer."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let a time pass."""
        await asyncio.sleep(seconds)
