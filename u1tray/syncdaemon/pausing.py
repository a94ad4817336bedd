"""A pause of a person: disconnected, and connected again after a time of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from u1tray.syncdaemon.account import Account
from u1tray.vocabulary.wire import flag


class Pausing:
    """Pauses an account. Whatever else a person decides ends the pause: call `end` then."""

    def __init__(self, account: Account, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` hears that a pause begins, ends, or ends at another time."""
        self._account = account
        self._changed = changed
        self._is_paused = False
        self._until: datetime | None = None
        self._timer: asyncio.TimerHandle | None = None

    def pause(self, seconds: float) -> None:
        """Disconnect; connect again after some seconds, or with 0 only when told to."""
        self.end()
        self._is_paused = True
        if seconds:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self.resume)
            self._until = _after(seconds)
        self._account.disconnect()
        self._changed()

    def resume(self) -> None:
        """Connect."""
        self.end()
        self._account.connect()

    def end(self) -> None:
        """It is no pause any more, and nothing connects by itself."""
        was_paused, self._is_paused, self._until = self._is_paused, False, None
        if was_paused:
            self._changed()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def told(self) -> dict[str, str]:
        """For the summary: whether it is a pause, and when it ends by itself (RFC 3339)."""
        until = "" if self._until is None else self._until.isoformat(timespec="seconds")
        return {"paused": flag(self._is_paused), "paused_until": until.replace("+00:00", "Z")}


def _after(seconds: float) -> datetime | None:
    try:
        return datetime.now(timezone.utc) + timedelta(seconds=seconds)
    except OverflowError:
        return None  # no calendar has it
