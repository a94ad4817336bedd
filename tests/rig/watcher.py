"""A StatusNotifierWatcher and host that records what a tray tells the panel.

It stands where a desktop's panel stands: it reads icon, tooltip and menu of every item over
D-Bus, clicks through the menu, and keeps every change signal with the time it came. It can leave
and come back, as a panel that is restarted does.
Sources: freedesktop.org StatusNotifierItem draft; com.canonical.dbusmenu (libdbusmenu's XML).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, Variant

from tests.rig.menu import MenuNode, read_layout
from tests.rig.peer import DBUS, Peer

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
_INTROSPECTION = """<node>
 <interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg name="service" type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg name="service" type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
  <signal name="StatusNotifierHostUnregistered"/>
 </interface>
</node>"""


@dataclass(frozen=True)
class Change:
    """One signal of an item or its menu; `at` is time.monotonic()."""

    at: float
    member: str
    body: list[Any]


@dataclass
class Item:
    """One tray icon as the panel knows it."""

    peer: Peer
    service: str
    owner: str
    path: str
    registered_at: float
    changes: list[Change] = field(default_factory=list)
    gone: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _menu_path: str = ""

    def heard(self, change: Change | None) -> None:
        """Record a signal (None: the item left the bus)."""
        if change is None:
            self.gone = True
        else:
            self.changes.append(change)
        self._news.set()

    def count(self, *members: str) -> int:
        """How many signals came; of these members, or of all."""
        return sum(not members or change.member in members for change in self.changes)

    async def properties(self) -> dict[str, Any]:
        """All properties, without their variants."""
        (found,) = await self.peer.call(
            self.owner, self.path, "org.freedesktop.DBus.Properties", "GetAll", "s", ITEM
        )
        return {name: variant.value for name, variant in found.items()}

    async def tooltip(self) -> str:
        """Title and text of the tooltip, joined."""
        _icon, _pixmaps, title, text = (await self.properties())["ToolTip"]
        return " ".join(part for part in (title, text) if part)

    async def icon_sizes(self) -> set[int]:
        """The widths of the pixmaps offered."""
        return {width for width, _height, _data in (await self.properties())["IconPixmap"]}

    async def activate(self) -> None:
        """Left click."""
        await self.peer.call(self.owner, self.path, ITEM, "Activate", "ii", 0, 0)

    async def menu(self) -> MenuNode:
        """The whole menu as it is now."""
        _revision, layout = await self._menu_call("GetLayout", "iias", 0, -1, [])
        return read_layout(layout)

    async def about_to_show(self, node: int = 0) -> bool:
        """What a panel asks before it opens a menu: does it need an update."""
        (needs_update,) = await self._menu_call("AboutToShow", "i", node)
        return bool(needs_update)

    async def open_menu(self, node: int = 0) -> MenuNode:
        """Open the menu as a panel does, and read it."""
        await self.about_to_show(node)
        await self.event("opened", node)
        return await self.menu()

    async def close_menu(self, node: int = 0) -> None:
        await self.event("closed", node)

    async def click(self, node: MenuNode) -> None:
        """Choose an entry."""
        await self.event("clicked", node.id)

    async def event(self, name: str, node: int) -> None:
        """Send any menu event."""
        now = int(time.time())
        await self._menu_call("Event", "isvu", node, name, Variant("s", ""), now)

    async def news(self, seconds: float) -> bool:
        """Whether another signal comes within `seconds`; returns as soon as it does."""
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def until(
        self, condition: Callable[[Item], Awaitable[Any]], seconds: float, what: str
    ) -> Any:
        """The first truthy value of `condition`, looked at now and after each signal."""
        deadline = time.monotonic() + seconds
        while True:
            self._news.clear()
            result = await condition(self)
            if result:
                return result
            try:
                await asyncio.wait_for(self._news.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                message = f"not within {seconds} s, in the last menu: {what}\n{await self.text()}"
                raise AssertionError(message) from None

    async def until_label(self, text: str, seconds: float = 60.0) -> MenuNode:
        """The menu entry whose label starts with `text`, once there is one."""

        async def look(item: Item) -> MenuNode | None:
            return (await item.menu()).find(text)

        return await self.until(look, seconds, f"an entry {text!r}")

    async def text(self) -> str:
        """Tooltip and menu in lines, for messages."""
        if self.gone:
            return "(the item left the bus)"
        return f"[{await self.tooltip()}]\n{await self.menu()}"

    async def _menu_call(self, member: str, signature: str, *args: Any) -> list[Any]:
        if not self._menu_path:
            self._menu_path = str((await self.properties())["Menu"])
        return await self.peer.call(self.owner, self._menu_path, MENU, member, signature, *args)


class Watcher:
    """The watcher, and the only host, on a private bus."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._peer: Peer | None = None
        self._registered = asyncio.Event()
        self._asked: list[tuple[float, Message]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.items: list[Item] = []
        self.has_host = True

    async def arrive(self) -> None:
        """Own the watcher's name with nothing registered, as a panel that starts."""
        self.items = []
        peer = await Peer.connect(self._address)
        peer.on_signal(self._signal)
        peer.on_call(self._call)
        for interface in (ITEM, MENU):
            await peer.listen(f"type='signal',interface='{interface}'")
        await peer.listen(f"type='signal',sender='{DBUS}',member='NameOwnerChanged'")
        self._peer = peer
        await peer.own(WATCHER)

    async def leave(self) -> None:
        """Vanish from the bus, as a panel that crashed."""
        if self._peer is not None:
            peer, self._peer = self._peer, None
            await peer.close()

    async def item(self, seconds: float = 60.0) -> Item:
        """The newest living item, waited for."""
        deadline = time.monotonic() + seconds
        while not (living := [item for item in self.items if not item.gone]):
            self._registered.clear()
            try:
                await asyncio.wait_for(self._registered.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                message = f"no tray registered within {seconds} s"
                raise AssertionError(message) from None
        return living[-1]

    def _signal(self, message: Message) -> None:
        now = time.monotonic()
        if message.member == "NameOwnerChanged" and message.sender == DBUS:
            name, _old, new = message.body
            gone = None if new else name
            for item in self.items:
                if gone in (item.owner, item.service):
                    item.heard(None)
            return
        for item in self.items:
            if message.sender == item.owner and not item.gone:
                item.heard(Change(now, message.member or "", message.body))

    def _call(self, message: Message) -> bool:
        if message.path != WATCHER_PATH or self._peer is None:
            return False
        answer = {
            "Introspect": lambda: self._peer.reply(message, "s", _INTROSPECTION),
            "Get": lambda: self._peer.reply(message, "v", self._properties()[message.body[1]]),
            "GetAll": lambda: self._peer.reply(message, "a{sv}", self._properties()),
            "RegisterStatusNotifierItem": lambda: self._register(message),
            "RegisterStatusNotifierHost": lambda: self._peer.reply(message),
        }.get(message.member or "")
        if answer is None:
            return False
        answer()
        return True

    def _properties(self) -> dict[str, Variant]:
        return {
            "RegisteredStatusNotifierItems": Variant("as", [i.service for i in self.items]),
            "IsStatusNotifierHostRegistered": Variant("b", self.has_host),
            "ProtocolVersion": Variant("i", 0),
        }

    def _register(self, message: Message) -> None:
        assert self._peer is not None
        name = str(message.body[0])
        path = name if name.startswith("/") else "/StatusNotifierItem"
        owner = str(message.sender)
        self.items.append(Item(self._peer, name, owner, path, time.monotonic()))
        self._peer.reply(message)
        self._peer.emit(WATCHER_PATH, WATCHER, "StatusNotifierItemRegistered", "s", name)
        self._registered.set()
