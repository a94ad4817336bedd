"""A caller of the Credentials service that keeps signals and replies in the order they came."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from tests.rig.news import News
from tests.rig.peer import close

NAME = "com.ubuntuone.Credentials"
PATH = "/credentials"
INTERFACE = "com.ubuntuone.CredentialsManagement"
KEYS = {
    "name": "Ubuntu One @ example-host",
    "consumer_key": "CK",
    "consumer_secret": "CS",
    "token": "TK",
    "token_secret": "TS",
}


@dataclass
class Conversation:
    """`heard` holds `("signal", member, signature, values)` and `("reply", member, values)`."""

    bus: MessageBus
    heard: list[tuple] = field(default_factory=list)
    _asked: dict[int, str] = field(default_factory=dict)
    _news: News = field(default_factory=News)

    @classmethod
    async def open(cls, address: str) -> Conversation:
        conversation = cls(await MessageBus(bus_address=address).connect())
        await conversation.bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=[f"type='signal',interface='{INTERFACE}'"],
            )
        )
        conversation.bus.add_message_handler(conversation._hear)
        return conversation

    def ask(self, member: str, *values: dict[str, str]) -> None:
        """Call a method; its reply shows up in `heard`."""
        message = Message(
            destination=NAME,
            path=PATH,
            interface=INTERFACE,
            member=member,
            signature="a{ss}" * len(values),
            body=list(values),
            serial=self.bus.next_serial(),
        )
        self._asked[message.serial] = member
        self.bus.send(message)

    async def heard_all(self, count: int, seconds: float = 60.0) -> list[tuple]:
        """The next `count` things heard, which are then forgotten."""
        await self._news.until(
            lambda: len(self.heard) >= count, seconds, lambda: f"{count} of {self.heard}"
        )
        taken, self.heard = self.heard[:count], self.heard[count:]
        return taken

    async def ask_and_hear(self, member: str, *values: dict[str, str]) -> list[tuple]:
        """What one request brings: its reply and one signal, in their order."""
        self.ask(member, *values)
        return await self.heard_all(2)

    async def ask_sync(self):
        """find_credentials_sync: the dict, or the error's name and text."""
        self.ask("find_credentials_sync")
        ((_, _, values),) = await self.heard_all(1)
        return values[0] if len(values) == 1 else values

    async def close(self) -> None:
        await close(self.bus)

    def _hear(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface == INTERFACE:
            assert message.destination is None, "signals are broadcast"
            self.heard.append(("signal", message.member, message.signature, message.body))
        elif message.reply_serial in self._asked:
            member = self._asked.pop(message.reply_serial)
            values = list(message.body)
            if message.message_type is MessageType.ERROR:
                values = [message.error_name, *values]
            self.heard.append(("reply", member, values))
        self._news.tell()


def reply(member: str, *values) -> tuple:
    return ("reply", member, list(values))


def signal(member: str, *values) -> tuple:
    return ("signal", member, "a{ss}" if values else "", list(values))
