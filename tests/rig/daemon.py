"""A SyncDaemon of few words that a test drives line by line, and its misbehaving brothers.

It speaks the real wire (D-Bus contract, sections 4 and 5) and decides nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message

from tests.rig.contract import introspection, out_signature
from tests.rig.peer import Peer

NAME = "com.ubuntuone.SyncDaemon"
STATUS = "com.ubuntuone.SyncDaemon.Status"
ROOT = "com.ubuntuone.SyncDaemon.SyncDaemon"
SYNC = "org.u1tray.Sync"
ONLINE = "With User With Network"
# name: description, error, connected, online (contract, 4.1; only what tests use often).
_STATES = {
    "INIT": ("just initialized", "", "", ""),
    "LOCAL_RESCAN": ("doing local rescan", "", "", ""),
    "READY": ("ready to connect", "", "", ""),
    "WAITING": ("waiting before try connecting again", "", "", ""),
    "CHECK_VERSION": ("checking protocol version", "", "True", ""),
    "BAD_VERSION": ("bad protocol version", "True", "", ""),
    "SET_CAPABILITIES": ("checking capabilities", "", "True", ""),
    "CAPABILITIES_MISMATCH": ("capabilities mismatch", "True", "", ""),
    "AUTHENTICATE": ("doing auth dance", "", "True", ""),
    "AUTH_FAILED": ("auth failed", "True", "", ""),
    "SERVER_RESCAN": ("doing server rescan", "", "True", ""),
    "QUEUE_MANAGER": ("processing the commands pool", "", "True", "True"),
    "STANDOFF": ("waiting for connection to end", "", "True", ""),
    "ROOT_MISMATCH": ("local and server roots are different", "True", "", ""),
    "UNKNOWN_ERROR": ("something went wrong", "True", "", ""),
    "SHUTDOWN": ("shutting down the service", "", "", ""),
}


def state_dict(name: str, queues: str = "IDLE", connection: str = ONLINE) -> dict[str, str]:
    """The seven keys as the real services send them; unknown names have no flags."""
    description, error, connected, online = _STATES.get(name, ("of another age", "", "", ""))
    return {
        "name": name,
        "description": description,
        "is_error": error,
        "is_connected": connected,
        "is_online": online,
        "queues": queues,
        "connection": connection,
    }


@dataclass
class Daemon:
    """A daemon on a connection of its own.

    `silent`: accepts calls and never replies. `replies`: what a member answers, by name: a list
    of out values, or an error as (name, text). `unanswered`: members that never reply;
    `signatures`: of replies that are to be of another type than they should.
    """

    address: str
    silent: bool = False
    as_real: bool = True
    replies: dict[str, list[Any] | tuple[str, str]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    signatures: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, list[Any]]] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=lambda: state_dict("READY"))
    _peer: Peer | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def peer(self) -> Peer:
        assert self._peer is not None, "the daemon is not there"
        return self._peer

    async def appear(self, state: dict[str, str] | None = None) -> None:
        """Own the name; objects first, as ours does."""
        self.state = state or self.state
        self._peer = await Peer.connect(self.address)
        self._peer.on_call(self._call)
        await self._peer.own(NAME)

    async def die(self) -> None:
        """Vanish without a word, as after SIGKILL."""
        peer, self._peer = self.peer, None
        await peer.close()

    async def leave(self) -> None:
        """Vanish if it is there."""
        if self._peer is not None:
            await self.die()

    def change(self, name: str, queues: str = "IDLE", connection: str = ONLINE) -> None:
        """Take on a state and signal it."""
        self.state = state_dict(name, queues, connection)
        self.emit("StatusChanged", "a{ss}", self.state)

    def emit(self, member: str, signature: str, *args: Any, path: str = "/status") -> None:
        """Send any signal of `/status`, or of `/`."""
        self.peer.emit(path, STATUS if path == "/status" else ROOT, member, signature, *args)

    def tell_more(self, **counts: str) -> None:
        """Be ours: have something to tell beside the contract from now on, and signal it."""
        self.replies["summary"] = [counts]
        self.peer.emit("/", SYNC, "Changed", "")

    def times_asked(self, member: str) -> int:
        """How many calls of `member` there were that nobody waited for."""
        return sum(call[0] == member for call in self.calls)

    async def asked(self, member: str, seconds: float = 60.0) -> list[Any]:
        """The arguments of the first call of `member`, waited for; it is then forgotten."""

        async def look() -> list[Any]:
            while True:
                for call in self.calls:
                    if call[0] == member:
                        self.calls.remove(call)
                        return call[1]
                self._news.clear()
                await self._news.wait()

        try:
            return await asyncio.wait_for(look(), seconds)
        except asyncio.TimeoutError:
            message = f"{member} was not called within {seconds} s, but {self.calls}"
            raise AssertionError(message) from None

    def _call(self, call: Message) -> bool:
        path, member = str(call.path), str(call.member)
        if member == "Introspect" and not self.silent:
            xml = introspection(path, self.as_real)
            if xml is not None:
                self.peer.reply(call, "s", xml)
            return xml is not None
        self.calls.append((member, call.body))
        self._news.set()
        if not self.silent and member not in self.unanswered:
            self._answer(call, path, member)
        return True

    def _answer(self, call: Message, path: str, member: str) -> None:
        defaults: dict[str, list[Any] | tuple[str, str]] = {
            "current_status": [self.state],
            "current_uploads": [[]],
            "current_downloads": [[]],
            "waiting": [[]],
            "free_space": [2**40],
            "get_rootdir": ["/tmp"],
            "connect": [],
            "disconnect": [],
            "quit": [],
        }
        unknown = ("org.freedesktop.DBus.Error.UnknownMethod", f"no {member}")
        answer = self.replies.get(member, defaults.get(member, unknown))
        if isinstance(answer, tuple):
            self.peer.refuse(call, *answer)
        else:
            signature = self.signatures.get(member, out_signature(path, member))
            self.peer.reply(call, signature if answer else "", *answer)
