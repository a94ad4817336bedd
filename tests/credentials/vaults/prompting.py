"""A Secret Service whose person is the test: it locks, hides items, and shows prompts to answer.

Stands where gnome-keyring cannot: that asks by a window. Source: the Secret Service
specification, https://specifications.freedesktop.org/secret-service/.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dbus_fast import Message, Variant

from tests.rig.news import News
from tests.rig.peer import Peer

NAME = "org.freedesktop.secrets"
SERVICE = "/org/freedesktop/secrets"
COLLECTION = f"{SERVICE}/collection/login"
_PREFIX = "org.freedesktop.Secret."


@dataclass
class Item:
    attributes: dict[str, str]
    secret: bytes
    modified: int = 0


@dataclass
class PromptingKeyring:
    """`hides` leaves locked items out of searches; `shown` are the prompts on the screen."""

    address: str
    items: dict[str, Item] = field(default_factory=dict)
    locked: bool = False
    hides: bool = False
    has_collection: bool = True
    shown: list[str] = field(default_factory=list)
    dismissed: list[str] = field(default_factory=list)
    _kinds: dict[str, str] = field(default_factory=dict)
    _peer: Peer | None = None
    _news: News = field(default_factory=News)

    async def appear(self) -> None:
        self._peer = await Peer.connect(self.address)
        self._peer.on_call(self._call)
        await self._peer.own(NAME)

    async def leave(self) -> None:
        if self._peer is not None:
            await self._peer.close()
            self._peer = None

    def put(self, attributes: dict[str, str], secret: bytes, modified: int = 0) -> str:
        path = f"{COLLECTION}/{len(self.items) + 1}"
        self.items[path] = Item(attributes, secret, modified)
        return path

    async def prompt_shown(self) -> str:
        """Until a prompt is on the screen."""
        await self._news.until(lambda: bool(self.shown), 60, lambda: "a prompt")
        return self.shown[-1]

    def answer(self, agreed: bool) -> None:
        """The person agrees to or dismisses the prompt on the screen."""
        path = self.shown.pop()
        kind = self._kinds.pop(path)
        result = Variant("ao", [COLLECTION]) if kind == "unlock" else Variant("o", COLLECTION)
        if agreed and kind == "unlock":
            self.locked = False
        if agreed and kind == "create":
            self.has_collection = True
        self._peer.emit(path, f"{_PREFIX}Prompt", "Completed", "bv", not agreed, result)

    def _call(self, call: Message) -> bool:
        handler = getattr(self, f"_{call.member}", None)
        if not str(call.path).startswith(SERVICE) or handler is None:
            return False
        handler(call)
        return True

    def _new_prompt(self, kind: str) -> str:
        path = f"{SERVICE}/prompt/p{len(self._kinds) + len(self.dismissed)}"
        self._kinds[path] = kind
        return path

    def _SearchItems(self, call):  # noqa: N802
        wanted = call.body[0].items()
        found = [path for path, item in self.items.items() if wanted <= item.attributes.items()]
        hidden = self.locked and self.hides
        locked = found if self.locked and not hidden else []
        self._peer.reply(call, "aoao", [] if self.locked else found, locked)

    def _ReadAlias(self, call):  # noqa: N802
        self._peer.reply(call, "o", COLLECTION if self.has_collection else "/")

    def _Get(self, call):  # noqa: N802
        item = self.items.get(call.path)
        values = {
            "Locked": lambda: Variant("b", self.locked),
            "Attributes": lambda: Variant("a{ss}", item.attributes),
            "Modified": lambda: Variant("t", item.modified),
        }
        self._peer.reply(call, "v", values[call.body[1]]())

    def _OpenSession(self, call):  # noqa: N802
        assert call.body[0] == "plain"
        self._peer.reply(call, "vo", Variant("s", ""), f"{SERVICE}/session/1")

    def _GetSecret(self, call):  # noqa: N802
        if self.locked:
            self._peer.refuse(call, f"{_PREFIX}Error.IsLocked", "locked")
            return
        secret = [call.body[0], b"", self.items[call.path].secret, "text/plain"]
        self._peer.reply(call, "(oayays)", secret)

    def _Unlock(self, call):  # noqa: N802
        self._peer.reply(call, "aoo", [], self._new_prompt("unlock") if self.locked else "/")

    def _CreateCollection(self, call):  # noqa: N802
        assert call.body[1] == "default"
        self._peer.reply(call, "oo", "/", self._new_prompt("create"))

    def _CreateItem(self, call):  # noqa: N802
        properties, secret, replace = call.body
        attributes = properties[f"{_PREFIX}Item.Attributes"].value
        assert replace
        equal = [path for path, item in self.items.items() if item.attributes == attributes]
        path = equal[0] if equal else self.put(attributes, b"")
        self.items[path] = Item(attributes, bytes(secret[2]), 1)
        self._peer.reply(call, "oo", path, "/")

    def _Delete(self, call):  # noqa: N802
        del self.items[call.path]
        self._peer.reply(call, "o", "/")

    def _Prompt(self, call):  # noqa: N802
        self.shown.append(str(call.path))
        self._peer.reply(call)
        self._news.tell()

    def _Dismiss(self, call):  # noqa: N802
        self.dismissed.append(str(call.path))
        if call.path in self.shown:
            self.shown.remove(call.path)
        self._peer.reply(call)
