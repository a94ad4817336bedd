"""A simulated disk: inodes, directories, a trash; and the folder port on it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed, Hint, Listing, Names, Stat

_CHUNK_BYTES = 7
LAG_SECONDS = 0.02


def content_of(data: bytes) -> Content:
    """The content of bytes."""
    return Content(hashlib.sha1(data).digest(), len(data))


@dataclass
class Inode:
    """A file with its bytes, or a directory with its names."""

    number: int
    kind: Kind
    data: bytes = b""
    names: dict[str, Inode] = field(default_factory=dict)
    mtime_ns: int = 0
    ctime_ns: int = 0

    @property
    def stat(self) -> Stat:
        if self.kind is Kind.DIRECTORY:
            return Stat(self.kind, 1, self.number)
        return Stat(self.kind, 1, self.number, len(self.data), self.mtime_ns, self.ctime_ns)


class Disk:
    """What a person and the engine of one device change; survives crashes of the engine."""

    def __init__(self, now_ns, chance: random.Random | None = None, reused: float = 0.0) -> None:
        self._chance = chance or random.Random(0)
        self._reused = reused
        self._free: list[int] = []
        self._numbers = itertools.count(10)
        self._now_ns = now_ns
        self._ticks = itertools.count(1)
        self.root: Inode | None = Inode(2, Kind.DIRECTORY)
        self.trash: list[Inode] = []
        self.partials: dict[tuple[str, Content], bytearray] = {}
        self.hints: asyncio.Queue[Hint] | None = None

    def find(self, names: Names) -> Inode | None:
        node: Inode | None = self.root
        for name in names:
            node = None if node is None else node.names.get(name)
        return node

    def walk(self, kind: Kind | None = None) -> list[Names]:
        """Every path but the root's, parents first."""
        found: list[Names] = []
        todo: list[Names] = [] if self.root is None else [()]
        while todo:
            names = todo.pop(0)
            for name, node in sorted(self.find(names).names.items()):
                if kind in (None, node.kind):
                    found.append((*names, name))
                if node.kind is Kind.DIRECTORY:
                    todo.append((*names, name))
        return found

    def picture(self, node: Inode | None = None) -> dict:
        node = node or self.root
        if node is None:
            return {}
        return {
            name: self.picture(child) if child.kind is Kind.DIRECTORY else child.data
            for name, child in sorted(node.names.items())
        }

    def write(self, names: Names, data: bytes) -> None:
        node = self.find(names)
        if node is None:
            node = self._new(Kind.FILE)
            self._put(names, node)
        node.data = data
        node.mtime_ns = node.ctime_ns = self._moment()
        self._hint(names[:-1], names[-1])

    def overwrite(self, names: Names, data: bytes) -> None:
        """As programs do that set a file's time back: `rsync --inplace -t`, disk images."""
        node = self.find(names)
        node.data, node.ctime_ns = data, self._moment()
        self._hint(names[:-1], names[-1])

    def save_atomically(self, names: Names, data: bytes) -> None:
        """As editors do: a new file renamed over the old one."""
        node = self._new(Kind.FILE, data)
        old = self.find(names[:-1]).names.get(names[-1])
        self._put(names, node)
        if old is not None and all(old is not node for node in self.trash):
            self._free.append(old.number)
        self._hint(names[:-1], names[-1])

    def make_directory(self, names: Names) -> None:
        self._put(names, self._new(Kind.DIRECTORY))
        self._hint(names[:-1])

    def move(self, names: Names, target: Names) -> None:
        node = self._take(names)
        node.ctime_ns = self._moment()
        self._put(target, node)
        self._hint(names[:-1])
        self._hint(target[:-1])
        if node.kind is Kind.DIRECTORY and self.hints is not None:
            # As the real watcher: what is told of it now may still name its old path.
            self.hints.put_nowait(Hint(target, is_deep=True))

    def remove(self, names: Names) -> Inode:
        node = self._take(names)
        self._hint(names[:-1], only=names[-1] if node.kind is Kind.FILE else None)
        return node

    def delete(self, names: Names) -> None:
        """For ever, as people do."""
        todo = [self.remove(names)]
        while todo:
            node = todo.pop()
            self._free.append(node.number)
            todo += node.names.values()

    def replace_root(self, root: Inode | None) -> Inode | None:
        """Another directory stands where the folder was, or none."""
        old, self.root = self.root, root
        if self.hints is not None:
            self.hints.put_nowait(Hint((), is_deep=True))
        return old

    def empty_root(self) -> Inode:
        """An empty directory, as one that another disk was mounted on."""
        return self._new(Kind.DIRECTORY)

    def bring_back(self, node: Inode, names: Names) -> None:
        self.trash.remove(node)
        node.ctime_ns = self._moment()
        self._put(names, node)
        self._hint(names[:-1])

    def _put(self, names: Names, node: Inode) -> None:
        parent = self.find(names[:-1])
        parent.names[names[-1]] = node
        parent.mtime_ns = parent.ctime_ns = self._moment()

    def _take(self, names: Names) -> Inode:
        parent = self.find(names[:-1])
        parent.mtime_ns = parent.ctime_ns = self._moment()
        return parent.names.pop(names[-1])

    def _new(self, kind: Kind, data: bytes = b"") -> Inode:
        moment = self._moment()
        if self._free and self._chance.random() < self._reused:
            number = self._free.pop()
        else:
            number = next(self._numbers)
        return Inode(number, kind, data, {}, moment, moment)

    def _moment(self) -> int:
        return self._now_ns() + next(self._ticks)

    def _hint(self, names: Names, settled: str | None = None, only: str | None = None) -> None:
        if self.hints is not None:
            self.hints.put_nowait(Hint(names, is_settled=settled, only=only))


class SimulatedFolder:
    """The folder port (ports.Folder) of one run of the engine."""

    def __init__(self, disk: Disk, chance: random.Random) -> None:
        self._disk = disk
        self._chance = chance
        self.is_dead = False
        self.trashed: Callable[[int], None] = lambda _files: None

    async def _lag(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, LAG_SECONDS))
        if self.is_dead:
            raise asyncio.CancelledError

    def _expect(self, names: Names, stat: Stat) -> Inode:
        node = self._disk.find(names)
        if node is None or node.stat != stat:
            raise Changed("not as expected")
        return node

    def _expect_parent(self, names: Names) -> Inode:
        parent = self._disk.find(names[:-1])
        if parent is None or parent.kind is not Kind.DIRECTORY:
            raise Changed("the directory is gone")
        return parent

    async def list(self, directories) -> list[Listing | None]:
        return [await self._list(names) for names in directories]

    async def _list(self, names: Names) -> Listing | None:
        await self._lag()
        node = self._disk.find(names)
        if node is None or node.kind is not Kind.DIRECTORY:
            return None
        stats = {name: child.stat for name, child in node.names.items()}
        return Listing(stats, {}, was_renamed=node.mtime_ns != node.ctime_ns)

    async def glance(self, wanted) -> list[Listing | None]:
        found = []
        for names, some in wanted:
            listing = await self._list(names)
            if listing is not None:
                listing = Listing({n: s for n, s in listing.stats.items() if n in some}, {})
            found.append(listing)
        return found

    async def stat(self, names: Names) -> Stat | None:
        await self._lag()
        node = self._disk.find(names)
        return None if node is None else node.stat

    async def content(self, names: Names, stat: Stat) -> Content:
        (found,) = await self.contents([(names, stat)])
        if isinstance(found, Content):
            return found
        raise found

    async def contents(self, files) -> list[Content | Changed]:
        return [await self._content(names, stat) for names, stat in files]

    async def _content(self, names: Names, stat: Stat) -> Content | Changed:
        try:
            self._expect(names, stat)
            await self._lag()
            return content_of(self._expect(names, stat).data)
        except Changed as changed:
            return changed

    async def read(self, names: Names, stat: Stat, start: int) -> AsyncIterator[bytes]:
        size = self._expect(names, stat).stat.size
        while start < size:
            await self._lag()
            yield self._expect(names, stat).data[start : start + _CHUNK_BYTES]
            start += _CHUNK_BYTES
        self._expect(names, stat)

    async def make_directory(self, names: Names) -> Stat:
        await self._lag()
        parent = self._expect_parent(names)
        if names[-1] in parent.names:
            raise Changed("something is there")
        self._disk.make_directory(names)
        await self._lag()
        found = self._disk.find(names)
        if found is None:
            raise Changed("gone again")
        return found.stat

    async def partial(self, key: str, content: Content) -> SimulatedPartial:
        await self._lag()
        return SimulatedPartial(self._disk, (key, content))

    async def install(self, partial, names: Names, replaces: Stat | None, changed_at) -> Stat:
        await self._lag()
        parent = self._expect_parent(names)
        old = parent.names.get(names[-1])
        if (None if old is None else old.stat) != replaces:
            raise Changed("something else is there")
        data = bytes(self._disk.partials.pop(partial.name))
        if old is not None:
            self._disk.trash.append(old)
        self._disk.save_atomically(names, data)
        stat = self._disk.find(names).stat
        await self._lag()
        return stat

    async def install_new(self, files) -> list[Stat | Changed]:
        found: list[Stat | Changed] = []
        for one in files:
            try:
                found.append(await self.install(one.partial, one.names, None, one.changed_at))
            except Changed as changed:
                found.append(changed)
        return found

    async def move(self, names: Names, stat: Stat, target: Names) -> Stat:
        await self._lag()
        self._expect(names, stat)
        if target[-1] in self._expect_parent(target).names:
            raise Changed("something is there")
        self._disk.move(names, target)
        stat = self._disk.find(target).stat
        await self._lag()
        return stat

    async def trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        await self._lag()
        for below in [names, *(path for path in self._disk.walk() if path[: len(names)] == names)]:
            if below not in stats:
                raise Changed("something new is in it")
            self._expect(below, stats[below])
        self._disk.trash.append(self._disk.remove(names))
        self.trashed(sum(stat.kind is Kind.FILE for stat in stats.values()))
        await self._lag()
        return "trash"

    async def find_in_trash(self, wanted) -> list[str | None]:
        await self._lag()
        return [self._in_trash(stat) for _, stat in wanted]

    def _in_trash(self, stat: Stat) -> str | None:
        for node in self._disk.trash:
            if node.stat._replace(device=0, ctime_ns=0) == stat:
                return str(node.number)
        return None

    async def bring_back(self, place: str, stat: Stat, names: Names) -> Stat:
        await self._lag()
        parent = self._expect_parent(names)
        if names[-1] in parent.names or self._in_trash(stat) != place:
            raise Changed("something is there, or it is not in the trash")
        (node,) = [node for node in self._disk.trash if str(node.number) == place]
        self._disk.bring_back(node, names)
        await self._lag()
        return node.stat

    async def hints(self) -> AsyncIterator[Hint]:
        self._disk.hints = queue = asyncio.Queue()
        yield Hint((), is_deep=True)
        while True:
            hint = await queue.get()
            await self._lag()
            if self._chance.random() < 0.02:  # the kernel's queue overflowed
                yield Hint((), is_deep=True)
            else:
                yield hint


class SimulatedPartial:
    """A partial file (ports.Partial), which survives a crash."""

    def __init__(self, disk: Disk, name: tuple[str, Content]) -> None:
        self._disk = disk
        self.name = name
        self._data = disk.partials.setdefault(name, bytearray())

    @property
    def size(self) -> int:
        return len(self._data)

    async def write(self, data: bytes) -> None:
        self._data += data

    async def content(self) -> Content:
        return content_of(bytes(self._data))

    async def discard(self) -> None:
        self._disk.partials.pop(self.name, None)
