"""A desktop's notification server that records the bubbles.

Source: Desktop Notifications Specification 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message

from tests.rig.news import News
from tests.rig.peer import Peer

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"


@dataclass(frozen=True)
class Bubble:
    """One call of Notify. `replaces` is the id of the bubble it took the place of, or 0."""

    id: int
    replaces: int
    summary: str
    body: str
    actions: tuple[str, ...]
    hints: dict[str, Any]


@dataclass
class Notifications:
    """The server; `capabilities` is what it says it can."""

    address: str
    capabilities: list[str] = field(default_factory=lambda: ["actions", "body", "body-markup"])
    bubbles: list[Bubble] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
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

    async def bubble(self, number: int = 1, seconds: float = 60.0) -> Bubble:
        """The `number`th bubble (1 = first), waited for."""
        await self._news.until(
            lambda: len(self.bubbles) >= number,
            seconds,
            lambda: f"bubble {number} among {self.bubbles}",
        )
        return self.bubbles[number - 1]

    async def closing(self, bubble: Bubble, seconds: float = 60.0) -> None:
        """Until the program has closed that bubble."""
        await self._news.until(
            lambda: bubble.id in self.closed, seconds, lambda: f"closing of {bubble}"
        )

    def choose(self, bubble: Bubble, action: str) -> None:
        """The person clicks an action of the bubble."""
        assert self._peer is not None
        self._peer.emit(PATH, NAME, "ActionInvoked", "us", bubble.id, action)

    def _call(self, call: Message) -> bool:
        if call.path != PATH or self._peer is None:
            return False
        if call.member == "GetCapabilities":
            self._peer.reply(call, "as", self.capabilities)
        elif call.member == "GetServerInformation":
            self._peer.reply(call, "ssss", "recorder", "u1tray tests", "1", "1.2")
        elif call.member == "Notify":
            self._peer.reply(call, "u", self._record(call.body))
        elif call.member == "CloseNotification":
            self.closed.append(call.body[0])
            self._news.tell()
            self._peer.reply(call)
            self._peer.emit(PATH, NAME, "NotificationClosed", "uu", call.body[0], 3)
        else:
            return False
        return True

    def _record(self, body: list[Any]) -> int:
        _app, replaces, _icon, summary, text, actions, hints, _timeout = body
        number = replaces or len(self.bubbles) + 1
        plain = {name: variant.value for name, variant in hints.items()}
        self.bubbles.append(Bubble(number, replaces, summary, text, tuple(actions), plain))
        self._news.tell()
        return int(number)
