"""Signals we listen to, and who owns the names they come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dbus_fast import Message

from u1tray.service.errors import CallError
from u1tray.service.values import plain
from u1tray.vocabulary import names

SignalHandler = Callable[..., None]

_TIMEOUT_SECONDS = 10.0
_NOT_ASKED = "?"  # never a bus name
_OWNER_RULE = (
    f"type='signal',sender='{names.DBUS}',path='{names.DBUS_PATH}',"
    f"interface='{names.DBUS_INTERFACE}',member='NameOwnerChanged'"
)


class Call(Protocol):
    """How to call a method; see `Connection.call`."""

    def __call__(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *values: Any,
        timeout_seconds: float,
        auto_start: bool = True,
    ) -> Awaitable[list[Any]]: ...


@dataclass
class Subscription:
    """One wish to hear a signal; `cancel` ends it."""

    sender: str
    path: str
    interface: str
    member: str
    handler: SignalHandler
    active: bool = True

    def cancel(self) -> None:
        """Hear no more, not even what is on its way."""
        self.active = False

    @property
    def rule(self) -> str:
        """The match rule of the D-Bus specification."""
        return (
            f"type='signal',sender='{self.sender}',path='{self.path}',"
            f"interface='{self.interface}',member='{self.member}'"
        )

    def wants(self, message: Message) -> bool:
        """Whether a signal is this one, whoever sent it."""
        return (
            self.active
            and message.path == self.path
            and message.interface == self.interface
            and message.member == self.member
        )


class Subscriptions:
    """All wishes of one connection. Owners are known from NameOwnerChanged alone."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._wishes: list[Subscription] = []
        self._owners: dict[str, str] = {names.DBUS: names.DBUS}

    async def add(
        self, sender: str, path: str, interface: str, member: str, handler: SignalHandler
    ) -> Subscription:
        """See `Connection.subscribe`."""
        await self._know_owner(sender)
        wish = Subscription(sender, path, interface, member, handler)
        self._wishes.append(wish)
        await self._add_match(wish.rule)
        return wish

    async def watch(self, name: str, handler: Callable[[str], None]) -> Subscription:
        """See `Connection.watch_name`."""
        await self._know_owner(name)

        def changed(changed_name: str, _old: str, new: str) -> None:
            if changed_name == name:
                handler(new)

        wish = Subscription(
            names.DBUS, names.DBUS_PATH, names.DBUS_INTERFACE, "NameOwnerChanged", changed
        )
        self._wishes.append(wish)
        return wish

    async def ask_owner(self, name: str) -> str:
        """See `Connection.owner`."""
        try:
            (owner,) = await self._call_bus("GetNameOwner", name)
        except CallError as error:
            if error.name == names.NAME_HAS_NO_OWNER:
                return ""
            raise
        return str(owner)

    def deliver(self, message: Message) -> None:
        """Hand a signal to everybody who wants it from its sender."""
        if message.member == "NameOwnerChanged" and message.sender == names.DBUS:
            name, _old, new = message.body
            if name in self._owners and name != names.DBUS:
                self._owners[name] = new
        self._wishes = [wish for wish in self._wishes if wish.active]
        for wish in list(self._wishes):
            if wish.wants(message) and self._owners.get(wish.sender) == message.sender:
                wish.handler(*(plain(value) for value in message.body))

    async def _know_owner(self, name: str) -> None:
        if name in self._owners:
            return
        self._owners[name] = _NOT_ASKED
        await self._add_match(f"{_OWNER_RULE},arg0='{name}'")
        owner = await self.ask_owner(name)
        if self._owners[name] == _NOT_ASKED:  # else NameOwnerChanged has told of a newer one
            self._owners[name] = owner

    async def _add_match(self, rule: str) -> None:
        await self._call_bus("AddMatch", rule)

    async def _call_bus(self, member: str, argument: str) -> list[Any]:
        return await self._call(
            names.DBUS,
            names.DBUS_PATH,
            names.DBUS_INTERFACE,
            member,
            "s",
            argument,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
