"""A connection to a message bus: the one place where bus traffic leaves and enters a service.

dbus_fast's errors become ours here and go no further.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.constants import NameFlag, RequestNameReply
from dbus_fast.errors import DBusFastError

from u1tray.service.dispatch import Dispatcher
from u1tray.service.errors import CallError
from u1tray.service.interfaces import Interface, Signal
from u1tray.service.outbox import Outbox
from u1tray.service.patience import make_patient
from u1tray.service.signals import SignalForm
from u1tray.service.subscriptions import SignalHandler, Subscription, Subscriptions
from u1tray.service.values import plain
from u1tray.service.waiting import within
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import OfflineError

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
BUS_TIMEOUT_SECONDS = 10.0
FLUSH_TIMEOUT_SECONDS = 2.0


class Connection:
    """An open connection. Make one with `Connection.open`; one event loop only."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._outbox = Outbox(bus)
        self._dispatcher = Dispatcher(self._send)
        self._subscriptions = Subscriptions(self.call)
        self._lost = asyncio.ensure_future(self._wait_until_lost())
        bus.add_message_handler(self._receive)

    @classmethod
    async def open(cls, address: str) -> Connection:
        """Connect to the bus at an address. OfflineError when that fails or takes too long."""
        try:
            connecting = MessageBus(bus_address=address).connect()
            bus = await within(connecting, CONNECT_TIMEOUT_SECONDS)
            make_patient(bus)
        except (OSError, EOFError, DBusFastError, asyncio.TimeoutError) as error:
            text = f"the message bus at {address} cannot be reached: {error or 'time-out'}"
            raise OfflineError(text) from error
        return cls(bus)

    @property
    def unique_name(self) -> str:
        """This connection's own name, such as `':1.42'`."""
        return self._bus.unique_name or ""

    # --- offering ------------------------------------------------------------------------

    def export(self, path: str, *interfaces: Interface) -> None:
        """Make interfaces callable and their signals heard at a path."""
        for interface in interfaces:
            self._dispatcher.export(path, interface)
            interface.attach(self._emitter(path))

    async def own(self, name: str) -> bool:
        """Ask for a name without queueing (DO_NOT_QUEUE); whether it is ours now.

        Export first, so that no call meets a missing object (D-Bus contract, 10.1).
        """
        (outcome,) = await self._call_bus("RequestName", "su", name, int(NameFlag.DO_NOT_QUEUE))
        ours = {RequestNameReply.PRIMARY_OWNER.value, RequestNameReply.ALREADY_OWNER.value}
        return outcome in ours

    async def release(self, name: str) -> None:
        """Give a name back; it is gone when this returns."""
        await self._call_bus("ReleaseName", "s", name)

    # --- asking --------------------------------------------------------------------------

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *values: Any,
        timeout_seconds: float,
        auto_start: bool = True,
    ) -> list[Any]:
        """The results of a method call, without variants.

        Raises CallError with the other side's error name, or `names.NO_REPLY` after the
        time-out; OfflineError when the bus is lost.
        """
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(values),
            flags=MessageFlag.NONE if auto_start else MessageFlag.NO_AUTOSTART,
        )
        if not self._bus.connected:
            raise _bus_lost()
        self._outbox.flush()  # what was said before goes before
        try:
            reply = await within(self._bus.call(message), timeout_seconds)
        except asyncio.TimeoutError as error:
            text = f"{destination} did not answer {member} within {timeout_seconds:g} s"
            raise CallError(names.NO_REPLY, text) from error
        except (OSError, EOFError) as error:
            raise _bus_lost() from error
        if reply is None:
            raise _bus_lost()
        if reply.message_type is MessageType.ERROR:
            text = str(reply.body[0]) if reply.body else ""
            raise CallError(reply.error_name or "", text)
        return [plain(value) for value in reply.body]

    async def start_service(self, name: str, timeout_seconds: float) -> None:
        """StartServiceByName. Raises CallError such as `...ServiceUnknown` or `...Spawn.*`."""
        await self._call_bus("StartServiceByName", "su", name, 0, timeout_seconds=timeout_seconds)

    async def owner(self, name: str) -> str:
        """The unique name that owns a name, `''` when nobody does. Starts nothing."""
        return await self._subscriptions.ask_owner(name)

    async def activatable_names(self) -> list[str]:
        """The names the bus could start a service for."""
        (found,) = await self._call_bus("ListActivatableNames", "")
        return [str(name) for name in found]

    async def subscribe(
        self, sender: str, path: str, interface: str, member: str, handler: SignalHandler
    ) -> Subscription:
        """Call `handler(*values)` for each such signal of the sender, who need not exist yet.

        Signals of anybody but the owner of `sender` are not heard. Starts nothing.
        """
        return await self._subscriptions.add(sender, path, interface, member, handler)

    async def watch_name(self, name: str, handler: Callable[[str], None]) -> Subscription:
        """Call `handler(owner)` at every change of a name's owner, `''` when it has none now."""
        return await self._subscriptions.watch(name, handler)

    # --- ending --------------------------------------------------------------------------

    async def lost(self) -> None:
        """Wait until the bus went away, or `close` was called."""
        await asyncio.shield(self._lost)

    async def close(self) -> None:
        """Send what is on its way, then disconnect. Calls not answered get no reply."""
        await self._dispatcher.stop()
        if self._bus.connected:
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError):
                await within(self._outbox.empty(), FLUSH_TIMEOUT_SECONDS)
        if self._bus.connected:
            self._bus.disconnect()
        with contextlib.suppress(asyncio.TimeoutError):
            await within(self.lost(), FLUSH_TIMEOUT_SECONDS)

    # --- inside --------------------------------------------------------------------------

    async def _call_bus(
        self,
        member: str,
        signature: str,
        *values: Any,
        timeout_seconds: float = BUS_TIMEOUT_SECONDS,
    ) -> list[Any]:
        return await self.call(
            names.DBUS,
            names.DBUS_PATH,
            names.DBUS_INTERFACE,
            member,
            signature,
            *values,
            timeout_seconds=timeout_seconds,
        )

    def _emitter(self, path: str) -> Callable[[str, Signal, tuple[Any, ...]], None]:
        forms: dict[str, SignalForm] = {}

        def emit(interface: str, signal: Signal, values: tuple[Any, ...]) -> None:
            form = forms.get(signal.name)
            if form is None:
                form = forms[signal.name] = SignalForm(path, interface, signal)
            if not self._bus.connected:
                _log.debug("the bus is gone: %s is not sent", signal.name)
                return
            try:
                self._outbox.put_signal(form, values)
            except (ValueError, TypeError) as error:  # such as a file name that is no Unicode
                _log.error("signal %s.%s cannot be sent: %s", interface, signal.name, error)

        return emit

    def _send(self, message: Message) -> None:
        if not self._bus.connected:
            _log.debug("the bus is gone: %s is not sent", message.member or "a reply")
            return
        self._outbox.put(message)

    def _receive(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL:
            self._subscriptions.deliver(message)
            return False
        return self._dispatcher.handle(message)

    async def _wait_until_lost(self) -> None:
        with contextlib.suppress(Exception):  # why it went does not matter, and is logged
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        _log.debug("disconnected from the bus")


def _bus_lost() -> OfflineError:
    return OfflineError("the message bus went away", code=names.DISCONNECTED)
