"""Looks at the folder of a volume: scans what changed, and reads files to know their content."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Side
from u1tray.engine.ports import Changed, Clock, DiskError, Folder, Hint, Names, Stat
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.2  # a file that nobody closed is read once it was left alone so long
RETRY_SECONDS = 5.0
_ROOT: Names = ()


class LocalSide:
    """The observations of the folder, kept up to date. `seen` is called after each."""

    def __init__(
        self,
        trees: TreeStore,
        folder: Folder,
        clock: Clock,
        *,
        backlog: Backlog,
        hands: asyncio.Lock,
        seen: Callable[[], None],
    ) -> None:
        self.is_looked_at = False
        self.has_root = True
        self.trees = trees
        self.folder = folder
        self.clock = clock
        self._backlog = backlog
        self._hands = hands
        self._seen = seen
        self._hints: dict[tuple[Names, bool], None] = {}
        self._news = asyncio.Event()
        self._unread = asyncio.Event()
        self._settled: set[int] = set()

    @property
    def is_quiet(self) -> bool:
        """Everything was looked at and read."""
        return self.is_looked_at and not self._hints and not self._to_read()

    def heed(self, hint: Hint) -> None:
        """Look somewhere soon."""
        self._hints[(hint.names, hint.is_deep)] = None
        if hint.is_settled is not None:
            self._settle((*hint.names, hint.is_settled))
        self._news.set()

    def read_soon(self) -> None:
        """There may be files to read."""
        self._unread.set()

    async def hear(self) -> None:
        async for hint in self.folder.hints():
            self.heed(hint)

    def _settle(self, names: Names) -> None:
        node = self.trees.root(Side.LOCAL)
        for name in names:
            child = self.trees.child(Side.LOCAL, node.id, name)
            if child is None:
                return
            node = child
        self._settled.add(node.id)

    async def look(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            hints, self._hints = self._hints, {}
            try:
                await self._scan(list(hints))
            except DiskError as error:
                logger.warning("cannot look at the folder: %s", error.text)
                self._hints = hints | self._hints
                await self.clock.sleep(RETRY_SECONDS)
                self._news.set()

    async def _scan(self, directories: list[tuple[Names, bool]]) -> None:
        async with self._hands:
            self.has_root = await self.folder.stat(_ROOT) is not None
            if not self.has_root:
                self._seen()
                return
            scan = Scan(self.trees, self.folder)
            await scan.look(directories)
            scan.finish()
        self.is_looked_at = True
        self._seen()

    async def read(self) -> None:
        """Reads new and changed files to know their content."""
        while True:
            self._unread.clear()
            for node_id in self._to_read():
                await self._read_one(node_id)
            if not self._to_read():
                await self._unread.wait()

    def _to_read(self) -> list[int]:
        return [
            stuck.node
            for stuck in list(self._backlog.stuck.values())
            if stuck.cause is op.Cause.BEING_WRITTEN
        ]

    async def _read_one(self, node_id: int) -> None:
        trees = self.trees
        stat = trees.stat(node_id)
        if stat is not None and node_id not in self._settled:
            rest = stat.mtime_ns / 1e9 + SETTLE_SECONDS - self.clock.now()
            if rest > 0:
                await self.clock.sleep(min(rest, SETTLE_SECONDS))
        self._settled.discard(node_id)
        node, stat = trees.node(Side.LOCAL, node_id), trees.stat(node_id)
        if node is not None and stat is not None and node.content is None:
            await self._read_content(node_id, stat)
        self._backlog.decide_again(node_id)
        self._seen()

    async def _read_content(self, node_id: int, stat: Stat) -> None:
        trees = self.trees
        names = trees.names(Side.LOCAL, node_id)
        try:
            content = await self.folder.content(names, stat)
        except (Changed, DiskError) as error:
            logger.debug("%s: %s", "/".join(names), error.text)
            self.heed(Hint(names[:-1]))
            await self.clock.sleep(
                RETRY_SECONDS if isinstance(error, DiskError) else SETTLE_SECONDS
            )
            return
        if trees.stat(node_id) == stat:
            with trees.changing():
                trees.fill(Side.LOCAL, node_id, content)
