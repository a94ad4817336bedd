"""A Credentials service that a test drives: it stores nothing and records what it is asked.

Source: D-Bus contract, section 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message

from tests.rig.news import News
from tests.rig.peer import Peer

NAME = "com.ubuntuone.Credentials"
PATH = "/credentials"
INTERFACE = "com.ubuntuone.CredentialsManagement"
FOUND = {
    "name": "Ubuntu One @ example-host",
    "consumer_key": "CK",
    "consumer_secret": "CS",
    "token": "TK",
    "token_secret": "TS",
}


@dataclass
class CredentialsService:
    """`found` is what find_credentials_sync answers: a dict, or the errtype it fails with."""

    address: str
    found: dict[str, str] | str = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    _peer: Peer | None = None
    _news: News = field(default_factory=News)

    async def appear(self) -> None:
        """Own the name."""
        self._peer = await Peer.connect(self.address)
        self._peer.on_call(self._call)
        await self._peer.own(NAME)

    async def leave(self) -> None:
        """Vanish from the bus."""
        if self._peer is not None:
            peer, self._peer = self._peer, None
            await peer.close()

    def emit(self, member: str, *args: Any) -> None:
        """Send one of the service's signals; with a dict for Found and Error, else empty."""
        assert self._peer is not None
        self._peer.emit(PATH, INTERFACE, member, "a{ss}" if args else "", *args)

    async def asked(self, member: str, seconds: float = 60.0) -> None:
        """Until `member` is called; that call is then forgotten."""
        await self._news.until(
            lambda: member in self.calls, seconds, lambda: f"{member} among {self.calls}"
        )
        self.calls.remove(member)

    def _call(self, call: Message) -> bool:
        if call.path != PATH or call.interface != INTERFACE or self._peer is None:
            return False
        member = str(call.member)
        self.calls.append(member)
        self._news.tell()
        if member != "find_credentials_sync":
            self._peer.reply(call)
        elif isinstance(self.found, str):
            error = f"com.ubuntuone.Credentials.Error.{self.found}"
            self._peer.refuse(call, error, self.found)
        else:
            self._peer.reply(call, "a{ss}", self.found)
        return True
