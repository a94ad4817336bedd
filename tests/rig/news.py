"""Something was heard: for tests that wait until what was heard is enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class News:
    """Told whenever anything happens; waited on until a condition holds."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Something happened: who waits looks again."""
        self._event.set()

    async def until(
        self, condition: Callable[[], bool], seconds: float, what: Callable[[], str]
    ) -> None:
        """Wait, or fail with `what` was waited for."""

        async def held() -> None:
            while not condition():
                self._event.clear()
                await self._event.wait()

        try:
            await asyncio.wait_for(held(), seconds)
        except asyncio.TimeoutError:
            message = f"not within {seconds} s: {what()}"
            raise AssertionError(message) from None
