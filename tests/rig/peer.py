"""One connection to a bus that speaks any signature: what every service of the rig stands on.

It validates nothing and introspects nothing: a test must be able to send what a real service
should not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

DBUS = "org.freedesktop.DBus"
DBUS_PATH = "/org/freedesktop/DBus"
_DO_NOT_QUEUE = 4
_PRIMARY_OWNER = 1


async def close(bus: MessageBus) -> None:
    """Disconnect, whichever side is first."""
    bus.disconnect()
    # The bus itself may be dead already, and how it died is no matter here.
    with contextlib.suppress(EOFError, OSError):
        await bus.wait_for_disconnect()


class CallError(Exception):
    """An error reply: its D-Bus name and its text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


class Peer:
    """A connection that calls, owns names, emits signals and answers calls."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    @classmethod
    async def connect(cls, address: str) -> Peer:
        """Connect to the bus at `address`."""
        return cls(await MessageBus(bus_address=address).connect())

    @property
    def unique_name(self) -> str:
        assert self._bus.unique_name is not None
        return self._bus.unique_name

    async def close(self) -> None:
        """Leave the bus; come back when the socket is closed."""
        await close(self._bus)

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *args: Any,
        seconds: float = 60.0,
        auto_start: bool = False,
    ) -> list[Any]:
        """The out values of a method. Raises CallError for an error, TimeoutError for silence."""
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(args),
            flags=MessageFlag.NONE if auto_start else MessageFlag.NO_AUTOSTART,
        )
        reply = await asyncio.wait_for(self._bus.call(message), seconds)
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise CallError(reply.error_name or "", str(reply.body[0]) if reply.body else "")
        return reply.body

    async def driver(self, member: str, signature: str = "", *args: Any) -> list[Any]:
        """Call the bus itself."""
        return await self.call(DBUS, DBUS_PATH, DBUS, member, signature, *args)

    async def own(self, name: str) -> None:
        """Become the owner of `name`; an AssertionError where somebody else is."""
        (result,) = await self.driver("RequestName", "su", name, _DO_NOT_QUEUE)
        assert result in (_PRIMARY_OWNER, 4), f"{name} is owned by somebody else"

    async def release(self, name: str) -> None:
        """Give `name` up."""
        await self.driver("ReleaseName", "s", name)

    async def owner(self, name: str) -> str:
        """The unique name of the owner of `name`, `''` without one."""
        try:
            (found,) = await self.driver("GetNameOwner", "s", name)
        except (CallError, DBusError):
            return ""
        return str(found)

    async def listen(self, rule: str) -> None:
        """Receive the signals that match `rule`."""
        await self.driver("AddMatch", "s", rule)

    def on_signal(self, handler: Callable[[Message], None]) -> None:
        """Have `handler` see every signal that arrives."""

        def handle(message: Message) -> bool | None:
            if message.message_type is MessageType.SIGNAL:
                handler(message)
            return None

        self._bus.add_message_handler(handle)

    def on_call(self, handler: Callable[[Message], bool]) -> None:
        """Have `handler` see every method call; True says that it answers (now or later)."""

        def handle(message: Message) -> bool | None:
            if message.message_type is MessageType.METHOD_CALL:
                return handler(message) or None
            return None

        self._bus.add_message_handler(handle)

    def emit(self, path: str, interface: str, member: str, signature: str, *args: Any) -> None:
        """Broadcast a signal."""
        self._bus.send(Message.new_signal(path, interface, member, signature, list(args)))

    def reply(self, call: Message, signature: str = "", *args: Any) -> None:
        """Answer a call."""
        if not call.flags & MessageFlag.NO_REPLY_EXPECTED:
            self._bus.send(Message.new_method_return(call, signature, list(args)))

    def refuse(self, call: Message, name: str, text: str) -> None:
        """Answer a call with an error."""
        if not call.flags & MessageFlag.NO_REPLY_EXPECTED:
            self._bus.send(Message.new_error(call, name, text))

    async def flush(self) -> None:
        """Come back when the bus has taken everything sent so far."""
        await self.driver("GetId")
