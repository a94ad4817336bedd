"""A pause of a person: disconnected, and connected again after a time of theirs."""

from __future__ import annotations

import asyncio

from u1tray.syncdaemon.account import Account


class Pausing:
    """Pauses an account. Whatever else a person decides ends the pause: call `end` then."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._timer: asyncio.TimerHandle | None = None

    def pause(self, seconds: float) -> None:
        """Disconnect; connect again after some seconds, or with 0 only when told to."""
        self.end()
        self._account.disconnect()
        if seconds:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self.resume)

    def resume(self) -> None:
        """Connect."""
        self.end()
        self._account.connect()

    def end(self) -> None:
        """Connect no more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
