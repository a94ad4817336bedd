"""Overhears a bus: who calls what, with which flags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from tests.rig.news import News
from tests.rig.peer import DBUS, DBUS_PATH, close


@dataclass
class Monitor:
    """Every method call on the bus since it began."""

    address: str
    calls: list[Message] = field(default_factory=list)
    _bus: MessageBus | None = None
    _news: News = field(default_factory=News)

    async def begin(self) -> None:
        """Become a monitor (D-Bus specification, BecomeMonitor)."""
        self._bus = await MessageBus(bus_address=self.address).connect()
        self._bus.add_message_handler(self._hear)
        await self._bus.call(
            Message(
                destination=DBUS,
                path=DBUS_PATH,
                interface="org.freedesktop.DBus.Monitoring",
                member="BecomeMonitor",
                signature="asu",
                body=[["type='method_call'"], 0],
            )
        )

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Until what was overheard is enough."""
        await self._news.until(condition, seconds, lambda: f"more than {self.calls}")

    async def end(self) -> None:
        """Stop listening."""
        if self._bus is not None:
            await close(self._bus)

    def _hear(self, message: Message) -> bool:
        if message.message_type is MessageType.METHOD_CALL:
            self.calls.append(message)
            self._news.tell()
            return True  # a monitor may send nothing: no default answer either
        return False
