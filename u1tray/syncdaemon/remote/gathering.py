"""Calls that come while others are under way are carried together, as the next batch.

Knows nothing of what is carried. Each caller has its own result or error, and may be cancelled
without harm to the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from u1tray.vocabulary.errors import U1Error

GATHER_SECONDS = 0.005  # in which those come that were begun together
PARALLEL = 2

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Gathering(Generic[_Item, _Result]):
    """Gathers items into batches for `carry`; its results are in the order of the items.

    `packing` begins a batch: a function that tells of one item after the other whether it fits,
    and counts it then. Every item fits an empty batch. What waits is worth a batch beside one
    under way if it is `most` items, or weighs as much as `heaviest`.
    """

    def __init__(
        self,
        carry: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result | U1Error]]],
        packing: Callable[[], Callable[[_Item], bool]],
        weight: Callable[[_Item], int],
        *,
        most: int,
        heaviest: int,
    ) -> None:
        self._carry = carry
        self._packing = packing
        self._weight = weight
        self._most = most
        self._heaviest = heaviest
        self._waiting: dict[_Call[_Item, _Result], int] = {}
        self._waits = 0  # the weight of all that waits
        self._running: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, item: _Item) -> _Result:
        """What `carry` has for an item. Raises its error."""
        loop = asyncio.get_running_loop()
        call: _Call[_Item, _Result] = _Call(item, loop.create_future())
        self._waiting[call] = self._weight(item)
        self._waits += self._waiting[call]
        self._consider()
        try:
            found = await call.result
        except asyncio.CancelledError:
            await self._leave(call)
            raise
        if isinstance(found, BaseException):
            raise found
        return found

    def _consider(self) -> None:
        """Begin a batch if it is time, or see to it that one is begun soon."""
        if not self._waiting or len(self._running) >= PARALLEL:
            return
        if len(self._waiting) >= self._most or self._waits >= self._heaviest:
            self._begin()
        elif not self._running and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(GATHER_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._waiting and not self._running:
            self._begin()

    def _begin(self) -> None:
        fits = self._packing()
        batch = []
        for call in list(self._waiting):
            if not fits(call.item):
                break
            self._take(call)
            batch.append(call)
        assert batch
        task = asyncio.get_running_loop().create_task(self._run(batch))
        self._running.add(task)
        for call in batch:
            call.batch, call.task = batch, task
        task.add_done_callback(self._over)

    def _take(self, call: _Call[_Item, _Result]) -> None:
        self._waits -= self._waiting.pop(call, 0)

    async def _run(self, batch: Sequence[_Call[_Item, _Result]]) -> None:
        try:
            results = await self._carry([call.item for call in batch])
            answers = list(zip(batch, results, strict=True))
        except Exception as error:
            answers = [(call, error) for call in batch]  # type: ignore[misc]
        for call, found in answers:
            if not call.result.done():
                call.result.set_result(found)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._consider()

    async def _leave(self, call: _Call[_Item, _Result]) -> None:
        """A caller goes; a batch that nobody waits for any more is ended first."""
        self._take(call)
        task = call.task
        if task is not None and all(one.result.done() for one in call.batch):
            task.cancel()
            await asyncio.wait((task,))


@dataclass(eq=False)
class _Call(Generic[_Item, _Result]):
    """One caller, and the batch its item is under way in."""

    item: _Item
    result: asyncio.Future[_Result | U1Error]
    batch: Sequence[_Call[_Item, _Result]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
