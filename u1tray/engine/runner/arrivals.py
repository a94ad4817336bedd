"""New files that came at about the same time are put in place, and agreed on, together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Subject
from u1tray.engine.ports import Partial
from u1tray.vocabulary.errors import U1Error


@dataclass(eq=False)
class Arrival:
    """A whole download of a new file; `error` is why it could not be put in place."""

    subject: Subject
    transfer: op.Transfer
    partial: Partial
    error: U1Error | None = None


class Arrivals:
    """Gathers what comes while `hands` are busy; `install` puts some in place, under them."""

    def __init__(
        self, hands: asyncio.Lock, install: Callable[[Sequence[Arrival]], Awaitable[None]]
    ) -> None:
        self._hands = hands
        self._install = install
        self._waiting: dict[Arrival, asyncio.Future[None]] = {}
        self._installing: asyncio.Task[None] | None = None

    async def put(self, arrival: Arrival) -> None:
        """Wait until it is in place. Raises what `install` raises, or notes as its error.

        Who is cancelled while it is being put in place waits for that.
        """
        loop = asyncio.get_running_loop()
        over = self._waiting[arrival] = loop.create_future()
        if self._installing is None:
            self._installing = loop.create_task(self._install_all())
        try:
            await asyncio.shield(over)
        except asyncio.CancelledError:
            if self._waiting.pop(arrival, None) is None:
                await asyncio.wait((over,))
            raise
        if arrival.error is not None:
            raise arrival.error

    async def _install_all(self) -> None:
        try:
            while self._waiting:
                async with self._hands:
                    group, self._waiting = self._waiting, {}
                    await self._install_group(group)
        finally:
            self._installing = None

    async def _install_group(self, group: dict[Arrival, asyncio.Future[None]]) -> None:
        try:
            await self._install(list(group))
        except asyncio.CancelledError:
            for over in group.values():
                over.cancel()
            raise
        except U1Error as error:
            for arrival in group:
                arrival.error = error
        except Exception as fault:  # of ours: whoever waits raises it
            for over in group.values():
                over.set_exception(fault)
            return
        for over in group.values():
            over.set_result(None)
