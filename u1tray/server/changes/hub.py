"""Deals changes to the open streams of this process. Lives in the event loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from u1tray.server.changes.events import Reason
from u1tray.server.changes.subscription import Subscription
from u1tray.server.changes.values import Change, Kind
from u1tray.server.messages.refusals import Code, Refusal

MAX_STREAMS_OF_A_TOKEN = 5
_RETRY_AFTER = (("Retry-After", "30"),)


@dataclass(frozen=True)
class Pace:
    """The times of a stream (16.2)."""

    heartbeat_s: float = 25.0
    max_age_s: float = 3600.0


class Count(Protocol):
    """Shows how many streams are open."""

    def set(self, value: float) -> None:
        """The number is this now."""


class Hub:
    """The open streams, by account. `deliver` may be called from any thread."""

    def __init__(self, count: Count, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._count = count
        self._open: dict[int, set[Subscription]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closing = False

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Deal what comes, in the running loop; new streams are refused afterwards."""
        self._loop, self._is_closing = asyncio.get_running_loop(), False
        try:
            yield
        finally:
            self.close()
            self._loop = None

    def close(self) -> None:
        """End all streams with `bye`, because the server stops."""
        self._is_closing = True
        for one in self._everyone():
            one.end(Reason.SHUTDOWN)

    def subscribe(self, account_id: int, token_id: str) -> Subscription:
        """A new stream's subscription, to be cancelled. Raises Refusal."""
        if self._is_closing or self._loop is None:
            raise Refusal(Code.BUSY, "The server stops.", headers=_RETRY_AFTER)
        of_account = self._open.setdefault(account_id, set())
        if sum(one.token_id == token_id for one in of_account) >= MAX_STREAMS_OF_A_TOKEN:
            text = f"A token has at most {MAX_STREAMS_OF_A_TOKEN} change streams."
            raise Refusal(Code.RATE_LIMITED, text, headers=_RETRY_AFTER)
        made = Subscription(account_id, token_id, self._leave)
        of_account.add(made)
        self._show_count()
        return made

    def deliver(self, changes: Sequence[Change]) -> None:
        """Deal changes that were committed.

        Whoever subscribes after this look at the streams finds the commit in its own look.
        """
        loop = self._loop
        if loop is None or not self._open:
            return
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(self.deal, tuple(changes))

    def deal(self, changes: Sequence[Change]) -> None:
        """The same from within the loop."""
        for change in changes:
            for one in tuple(self._open.get(change.account_id, ())):
                _hand_over(one, change)

    def look_again(self) -> None:
        """Have every stream look what it may have missed."""
        for one in self._everyone():
            one.look()

    def _leave(self, one: Subscription) -> None:
        of_account = self._open.get(one.account_id, set())
        of_account.discard(one)
        if not of_account:
            self._open.pop(one.account_id, None)
        self._show_count()

    def _everyone(self) -> tuple[Subscription, ...]:
        return tuple(one for of_account in self._open.values() for one in of_account)

    def _show_count(self) -> None:
        self._count.set(sum(map(len, self._open.values())))


def _hand_over(one: Subscription, change: Change) -> None:
    if change.kind is Kind.DISABLED:
        one.end(Reason.ACCOUNT_DISABLED)
    elif change.kind is Kind.REVOKED:
        if one.token_id == change.token_id:
            one.end(Reason.TOKEN_REVOKED)
    else:
        one.offer(change)
