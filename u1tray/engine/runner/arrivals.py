"""New files that came at about the same time are put in place, and agreed on, together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Subject
from u1tray.engine.ports import Changed, Partial
from u1tray.vocabulary.errors import U1Error


@dataclass(eq=False)
class Arrival:
    """A whole download of a new file; once it `is_over`, it is in place, or not for an `error`."""

    subject: Subject
    transfer: op.Transfer
    partial: Partial
    is_over: bool = False
    error: U1Error | None = None


class Arrivals:
    """Gathers what comes while `hands` are busy; `install` puts some in place, under them."""

    def __init__(
        self, hands: asyncio.Lock, install: Callable[[Sequence[Arrival]], Awaitable[None]]
    ) -> None:
        self._hands = hands
        self._install = install
        self._waiting: dict[Arrival, None] = {}

    async def put(self, arrival: Arrival) -> None:
        """Wait until it is in place. Raises what `install` notes as its error."""
        self._waiting[arrival] = None
        try:
            async with self._hands:
                if arrival in self._waiting:
                    group = list(self._waiting)
                    self._waiting.clear()
                    await self._install(group)
                    for one in group:
                        one.is_over = True
        finally:
            self._waiting.pop(arrival, None)
        if arrival.error is not None:
            raise arrival.error
        if not arrival.is_over:
            message = "whoever put it in place was interrupted"
            raise Changed(message)
