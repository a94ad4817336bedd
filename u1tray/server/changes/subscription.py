"""One stream's mailbox: what it has still to tell. Bounded, however slow the reader is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from u1tray.server.changes.events import Event, Ledger, Reason, newest
from u1tray.server.changes.values import Change
from u1tray.server.files.values import Volume

# A reader this far behind gets only the newest generation of each volume.
_MANY = 64
# A reader this far behind nevertheless is as good as gone, and hears `hello` when it comes back.
_TOO_MANY = 1024


class Subscription:
    """Made before the first look at the volumes, so that no change falls between the two.

    `reason` is why the stream is to end with `bye`; `is_lost` that its client is gone;
    `needs_look` that the volumes must be read again.
    """

    __slots__ = (
        "_early",
        "_leave",
        "_ledger",
        "_pending",
        "_waiter",
        "account_id",
        "is_lost",
        "needs_look",
        "reason",
        "token_id",
    )

    def __init__(
        self, account_id: int, token_id: str, leave: Callable[[Subscription], None]
    ) -> None:
        self.account_id = account_id
        self.token_id = token_id
        self.reason: Reason | None = None
        self.is_lost = False
        self.needs_look = False
        self._leave = leave
        self._ledger = Ledger()
        self._early: list[Change] | None = []
        self._pending: list[Event] = []
        self._waiter: asyncio.Future[None] | None = None

    def begin(self, volumes: Sequence[Volume]) -> None:
        """Say hello, then what came while the volumes were read."""
        self._pending.append(self._ledger.hello(volumes))
        early, self._early = self._early or (), None
        for change in early:
            self.offer(change)

    def offer(self, change: Change) -> None:
        """Tell a change, unless the client knows it."""
        if self._early is not None:
            self._early.append(change)
            if len(self._early) > _TOO_MANY:
                self._early, self.needs_look = [], True
            return
        events = self._ledger.take(change)
        if events is None:
            self.needs_look = True
        else:
            self._add(events)
        self._wake()

    def catch_up(self, volumes: Sequence[Volume]) -> None:
        """Tell what the volumes, just read, have that the client does not know."""
        self._add(self._ledger.look(volumes))

    def take(self) -> list[Event]:
        """All that is to be told now."""
        pending, self._pending = self._pending, []
        return pending

    def look(self) -> None:
        """Have the volumes read again."""
        self.needs_look = True
        self._wake()

    def end(self, reason: Reason) -> None:
        """Have the stream end with `bye`; the first reason counts."""
        self.reason = self.reason or reason
        self._wake()

    def lose(self) -> None:
        """The client is gone."""
        self.is_lost = True
        self._wake()

    def cancel(self) -> None:
        """Leave the hub."""
        self._leave(self)

    async def wait(self, seconds: float) -> None:
        """Until there is something to do, or the time is over."""
        if self._pending or self.needs_look or self.is_lost or self.reason is not None:
            return
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _add(self, events: Sequence[Event]) -> None:
        self._pending += events
        if len(self._pending) > _MANY:
            self._pending = newest(self._pending)
        if len(self._pending) > _TOO_MANY + self._ledger.volumes:
            self.lose()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
