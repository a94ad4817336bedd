"""A simulated volume of the cloud, and the port of one device on it, over a bad network."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.simulate.contents import SMALL_BYTES, Item, Together
from tests.simulate.disk import content_of
from tests.simulate.hazards import happens
from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed, Delta, Names, RemoteNode, Source
from u1tray.vocabulary.errors import BusyError, OfflineError

T = TypeVar("T")
_CHUNK_BYTES = 5
LAG_SECONDS = 0.2
LATE_SECONDS = 30.0
GHOST_SECONDS = 5.0
POLL_SECONDS = 2.0


@dataclass
class CloudNode:
    """A live node or a tombstone."""

    key: str
    parent: str | None
    name: str
    kind: Kind
    data: bytes | None = None
    generation: int = 0
    is_live: bool = True

    @property
    def content(self) -> Content | None:
        return None if self.data is None else content_of(self.data)


@dataclass(frozen=True)
class CloudBackup:
    """A volume as it was."""

    nodes: dict[str, CloudNode]
    root: str


@dataclass
class CloudVolume:
    """The rules of the REST contract (6 to 9) for one volume."""

    nodes: dict[str, CloudNode] = field(default_factory=dict)
    generation: int = 0
    root: str = "root"
    deleted: list[bytes] = field(default_factory=list)
    forgotten: int = 0
    starts: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.nodes.setdefault(self.root, CloudNode(self.root, None, "", Kind.DIRECTORY))

    def child(self, parent: str, name: str) -> CloudNode | None:
        for node in self.nodes.values():
            if node.is_live and node.parent == parent and node.name == name:
                return node
        return None

    def children(self, parent: str) -> list[CloudNode]:
        return [n for n in self.nodes.values() if n.is_live and n.parent == parent]

    def find(self, names: Names) -> CloudNode | None:
        node: CloudNode | None = self.nodes[self.root]
        for name in names:
            node = None if node is None else self.child(node.key, name)
        return node

    def names(self, node: CloudNode) -> Names:
        found: list[str] = []
        while node.parent is not None:
            found.insert(0, node.name)
            node = self.nodes[node.parent]
        return tuple(found)

    def picture(self, key: str | None = None) -> dict:
        key = key or self.root
        return {
            node.name: self.picture(node.key) if node.kind is Kind.DIRECTORY else node.data
            for node in sorted(self.children(key), key=lambda node: node.name)
        }

    def make(self, names: Names, kind: Kind, data: bytes | None = None) -> CloudNode:
        """As the server: missing parents are made."""
        parent = self.nodes[self.root]
        for name in names[:-1]:
            parent = self.child(parent.key, name) or self._add(parent, name, Kind.DIRECTORY)
            if parent.kind is Kind.FILE:
                raise Changed("a parent is a file")
        return self._add(parent, names[-1], kind, data)

    def _add(self, parent: CloudNode, name: str, kind: Kind, data=None) -> CloudNode:
        assert is_name(name), repr(name)
        node = CloudNode(f"k{next(self._numbers)}", parent.key, name, kind, data)
        self.nodes[node.key] = node
        self.bump(node)
        return node

    def fill(self, node: CloudNode, data: bytes) -> None:
        node.data = data
        self.bump(node)

    def move(self, node: CloudNode, parent: CloudNode, name: str) -> None:
        assert is_name(name), repr(name)
        node.parent, node.name = parent.key, name
        self.bump(node)

    def delete(self, node: CloudNode) -> None:
        for child in self.children(node.key):
            self.delete(child)
        node.is_live = False
        if node.data is not None:
            self.deleted.append(node.data)
        self.bump(node)

    def bump(self, node: CloudNode) -> None:
        self.generation += 1
        node.generation = self.generation
        self.news.set()
        self.news = asyncio.Event()

    def backup(self) -> CloudBackup:
        """What an administrator keeps."""
        return CloudBackup({key: replace(node) for key, node in self.nodes.items()}, self.root)

    def restore(self, backup: CloudBackup, *, tells: bool) -> None:
        """Go back to a backup; one that `tells` has another generation and no history.

        The server is stopped for that, so what it was answering is cut off.
        """
        self.starts += 1
        self.root = backup.root
        self.nodes = {key: replace(node) for key, node in backup.nodes.items()}
        if tells:
            self.nodes = {key: node for key, node in self.nodes.items() if node.is_live}
            self.generation = self.forgotten = self.generation + 1_000_000
        else:
            self.generation = max(node.generation for node in self.nodes.values())
        self.news.set()
        self.news = asyncio.Event()

    def recreate(self) -> None:
        """The volume was deleted and made again: its root has another key, and no history."""
        self.starts += 1
        self.root = f"root{self.starts}"
        self.nodes = {self.root: CloudNode(self.root, None, "", Kind.DIRECTORY)}
        self.generation = self.forgotten = 0
        self.news.set()
        self.news = asyncio.Event()

    def is_within(self, node: CloudNode, ancestor: CloudNode) -> bool:
        while node.key != ancestor.key:
            if node.parent is None:
                return False
            node = self.nodes[node.parent]
        return True

    def shown(self, node: CloudNode) -> RemoteNode:
        names = self.names(node) if node.is_live else ("gone", node.name)
        return RemoteNode(
            node.key, node.parent, names, node.kind, node.content, node.generation, node.is_live
        )


def is_name(name: str) -> bool:
    """What the contract takes (3)."""
    return bool(name) and "/" not in name and "\0" not in name and name not in (".", "..")


class SimulatedVolume:
    """The volume port (ports.Volume) of one device: slow, and broken now and then."""

    def __init__(
        self, cloud: CloudVolume, chance: random.Random, faults: float, late: float = 0.0
    ) -> None:
        self._cloud = cloud
        self._chance = chance
        self.faults = faults
        self.late = late
        self.ghosts = 0.0
        self.gathers = False
        self.is_offline = False
        self.is_dead = False
        self.deleted: Callable[[int, str], None] = lambda _files, _key: None
        self._puts = Together(self._carry, self._put)
        self._gets = Together(self._carry, self._get)

    async def _lag(self) -> None:
        is_late = self.late and self._chance.random() < self.late
        await asyncio.sleep(self._chance.uniform(0, LATE_SECONDS if is_late else LAG_SECONDS))
        if self.is_dead:
            raise asyncio.CancelledError
        if self.is_offline:
            raise OfflineError("no connection")
        if self._chance.random() < self.faults:
            raise self._chance.choice(
                (OfflineError("cut"), BusyError("busy"), BusyError("later", retry_after=1.0))
            )

    async def _answer(self, starts: int) -> None:
        await self._lag()
        if self._cloud.starts != starts:
            raise OfflineError("the server was stopped")

    async def _carry(self, request: Callable[[], T]) -> T:
        """A content or many, there and back; what is given up on the way may get through later."""
        try:
            await self._lag()
        except (asyncio.CancelledError, OfflineError):
            if not self.is_offline and happens(self._chance, self.ghosts):
                self._haunt(request)
            raise
        found = request()
        await self._answer(self._cloud.starts)
        return found

    def _haunt(self, request: Callable[[], object]) -> None:
        """A request gets through though nobody waits for it, unless the server is stopped."""
        starts = self._cloud.starts

        def arrive() -> None:
            if self._cloud.starts == starts:
                with contextlib.suppress(Changed):
                    request()

        delay = self._chance.uniform(0, GHOST_SECONDS)
        asyncio.get_running_loop().call_later(delay, arrive)

    async def delta(self, generation: int) -> Delta:
        await self._lag()
        cloud = self._cloud
        if 0 < generation < cloud.forgotten:
            raise Changed("the history is forgotten")
        nodes = [
            cloud.shown(node)
            for node in sorted(cloud.nodes.values(), key=lambda node: node.generation)
            if node.generation > generation and node.parent is not None
        ]
        delta = Delta(cloud.generation, cloud.root, nodes)
        await self._answer(cloud.starts)
        return delta

    async def tree(self) -> AsyncIterator[RemoteNode | Delta]:
        await self._lag()
        todo, found = [self._cloud.root], []
        while todo:
            for node in self._cloud.children(todo.pop(0)):
                found.append(self._cloud.shown(node))
                todo.append(node.key)
        end = Delta(self._cloud.generation, self._cloud.root, [])
        starts = self._cloud.starts
        for node in found:
            if self._chance.random() < 0.1:
                await self._answer(starts)
            yield node
        yield end

    async def make_directory(self, names: Names) -> RemoteNode:
        await self._lag()
        node = self._cloud.find(names)
        if node is not None and node.kind is Kind.FILE:
            raise Changed("a file is there")
        if node is None:
            node = self._cloud.make(names, Kind.DIRECTORY)
        shown = self._cloud.shown(node)._replace(parent_key=None)
        await self._answer(self._cloud.starts)
        return shown

    async def upload(
        self, names: Names, content: Content, source: Source, replaces: Content | None
    ) -> RemoteNode:
        data = b""
        async for part in source.read(0):
            data += part
            source.progress(len(data))
            if self._chance.random() < 0.3:
                await self._lag()
        put = Item(names, content, data, replaces)
        if self.gathers and content.size <= SMALL_BYTES:
            return await self._puts.ask(put)
        return await self._carry(lambda: self._put(put))

    def _put(self, put: Item) -> RemoteNode:
        node = self._cloud.find(put.names)
        if node is not None and node.kind is Kind.DIRECTORY:
            raise Changed("a directory is there")
        if (None if node is None else node.content) != put.replaces:
            raise Changed("another content is there")
        if node is None:
            node = self._cloud.make(put.names, Kind.FILE, put.data)
        elif node.data != put.data:
            self._cloud.fill(node, put.data)
        return self._cloud.shown(node)._replace(parent_key=None)

    def _get(self, get: Item) -> bytes:
        node = self._cloud.find(get.names)
        if node is None or node.content != get.content:
            raise Changed("another content is there")
        return node.data

    async def download(self, names: Names, content: Content, start: int) -> AsyncIterator[bytes]:
        get = Item(names, content)
        if self.gathers and not start and content.size <= SMALL_BYTES:
            yield await self._gets.ask(get)
            return
        await self._lag()
        data = self._get(get)
        while start < len(data):
            yield data[start : start + _CHUNK_BYTES]
            start += _CHUNK_BYTES
            if self._chance.random() < 0.2:
                await self._lag()

    async def move(self, names: Names, key: str, target: Names) -> RemoteNode:
        await self._lag()
        cloud = self._cloud
        node, parent = cloud.find(names), cloud.find(target[:-1])
        if node is None or node.key != key or parent is None or parent.kind is Kind.FILE:
            raise Changed("gone")
        if cloud.child(parent.key, target[-1]) is not None or cloud.is_within(parent, node):
            raise Changed("the place is taken")
        cloud.move(node, parent, target[-1])
        shown = cloud.shown(node)
        await self._answer(cloud.starts)
        return shown

    async def delete(self, names: Names, content: Content | None) -> None:
        await self._lag()
        node = self._cloud.find(names)
        if node is None:
            raise Changed("gone")
        if node.content != content or self._cloud.children(node.key):
            raise Changed("another content is there")
        self._cloud.delete(node)
        self.deleted(int(node.kind is Kind.FILE), node.key)
        await self._answer(self._cloud.starts)

    async def generations(self) -> AsyncIterator[int]:
        while True:
            news = self._cloud.news
            yield self._cloud.generation
            try:
                await asyncio.wait_for(news.wait(), POLL_SECONDS)
            except asyncio.TimeoutError:
                continue
