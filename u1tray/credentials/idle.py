"""When a service that is started on demand may end: some time after its last request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

IDLE_LIMIT_SECONDS = 10.0


class Idle:
    """Counts what is being done. Make it inside a running loop.

    While `is_held` the service stays; that may change only while something is being done.
    """

    def __init__(
        self,
        limit_seconds: float = IDLE_LIMIT_SECONDS,
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._limit_seconds = limit_seconds
        self._is_held = is_held
        self._doing = 0
        self._over = asyncio.Event()
        self._quiet = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._settle()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Something is being done inside this block."""
        self._doing += 1
        self._quiet.clear()
        if self._timer is not None:
            self._timer.cancel()
        try:
            yield
        finally:
            self._doing -= 1
            if not self._doing:
                self._settle()

    async def over(self) -> None:
        """Wait until nothing was done for the whole limit."""
        await self._over.wait()

    async def quiet(self) -> None:
        """Wait until nothing is being done."""
        await self._quiet.wait()

    def _settle(self) -> None:
        self._quiet.set()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._limit_seconds, self._end)

    def _end(self) -> None:
        if not self._is_held():
            self._over.set()
