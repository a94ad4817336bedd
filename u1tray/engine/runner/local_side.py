"""Looks at the folder of a volume: scans what changed, and reads files to know their content."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
from collections import deque
from collections.abc import Callable

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Side
from u1tray.engine.ports import Clock, DiskError, Folder, Hint, Names, Stat
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.runner.identity import holds_known
from u1tray.engine.runner.oddities import Oddities
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.2  # a file that nobody closed is read once it was left alone so long
RETRY_SECONDS = 5.0
LONG_SECONDS = 0.1
READERS = 4
FILES_AT_ONCE = 64  # that are read, and noted
SMALL_BYTES = 1 << 16  # larger ones are read one by one
ROOT_FACT = "root"  # which directory the folder is, by its inode
NO_ROOT = "none"
_ROOT: Names = ()

_Unread = tuple[Names, Stat]


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
        self.trouble: DiskError | None = None
        """Why what is in the folder cannot be seen or written down; it is tried again."""
        self.oddities = Oddities()
        self.trees = trees
        self.folder = folder
        self.clock = clock
        self._backlog = backlog
        self._hands = hands
        self._seen = seen
        self._hints: dict[tuple[Names, bool], None] = {}
        self._glances: dict[Names, dict[str, None]] = {}
        self._news = asyncio.Event()
        self._unread = asyncio.Event()
        self._closed: set[Names] = set()
        self._settled: set[int] = set()
        self._due: dict[int, float] = {}
        self._ripe: deque[tuple[int, _Unread | None]] = deque()
        self._busy: set[int] = set()
        self._found: dict[int, tuple[Stat, Content] | None] = {}

    @property
    def is_quiet(self) -> bool:
        """Everything was looked at and read."""
        is_seen = self.is_looked_at and not self._hints and not self._glances
        return is_seen and not self._to_read()

    def heed(self, hint: Hint) -> None:
        """Look somewhere soon."""
        only = hint.is_settled or hint.only
        if only is None:
            self._hints[(hint.names, hint.is_deep)] = None
        else:
            self._glances.setdefault(hint.names, {})[only] = None
        if hint.is_settled is not None:
            self._closed.add((*hint.names, hint.is_settled))
        self._news.set()

    def read_soon(self) -> None:
        """There may be files to read."""
        self._unread.set()

    async def hear(self) -> None:
        async for hint in self.folder.hints():
            self.heed(hint)

    def _settle(self, closed: set[Names]) -> None:
        """Their writers closed files before these were looked at: they can be read at once."""
        for above, some in itertools.groupby(sorted(closed), lambda names: names[:-1]):
            directory = self.trees.find(Side.LOCAL, above)
            if directory is None:
                continue
            found = (self.trees.unread(directory.id, names[-1]) for names in some)
            self._settled.update(node_id for node_id in found if node_id is not None)

    async def look(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            hints, self._hints = self._hints, {}
            glances, self._glances = self._glances, {}
            closed, self._closed = self._closed, set()
            begun = self.clock.monotonic()
            try:
                await self._scan(list(hints), glances, closed)
            except DiskError as error:
                self._note_trouble(error)
                # Whatever this pass did not find at its place may be anywhere.
                self.heed(Hint(_ROOT, is_deep=True))
                await self.clock.sleep(RETRY_SECONDS)
                self._news.set()
            else:
                self._note_trouble(None)
            took = self.clock.monotonic() - begun
            if took > LONG_SECONDS:
                # Large directories that change all the time leave time for other work, too.
                await self.clock.sleep(min(took, RETRY_SECONDS))

    def _note_trouble(self, error: DiskError | None) -> None:
        before, self.trouble = self.trouble, error
        if (before and before.text) == (error and error.text):
            return
        if error is not None:
            logger.warning("cannot look at the folder: %s", error.text)
        self._seen()

    async def _scan(
        self,
        directories: list[tuple[Names, bool]],
        glances: dict[Names, dict[str, None]],
        closed: set[Names],
    ) -> None:
        async with self._hands:
            root = await self._root()
            self.has_root = root != NO_ROOT
            if await self._is_another(root):
                self.is_looked_at = False
                directories = [(_ROOT, True)]
            if not self.has_root:
                self._seen()
                return
            scan = Scan(
                self.trees,
                self.folder,
                oddities=self.oddities,
                advanced=functools.partial(self._advance, root),
            )
            await scan.look(directories, glances)
            if await self._root() != root:
                # What is missing there may be where the folder is by now.
                self.heed(Hint(_ROOT, is_deep=True))
                return
            scan.finish()
        self._settle(closed)
        self.is_looked_at = True
        self._seen()

    async def _advance(self, root: str) -> None:
        """Some of the folder was looked at: with what is new there, work may begin.

        Not where all of it is unknown, which would be taken for what only the cloud has; nor
        where it was another folder meanwhile.
        """
        if self.is_looked_at and await self._root() == root:
            self._seen()

    async def _root(self) -> str:
        """Which directory the folder is."""
        stat = await self.folder.stat(_ROOT)
        return NO_ROOT if stat is None else str(stat.inode)

    async def _is_another(self, root: str) -> bool:
        """Where another directory stands, nobody has deleted what it lacks: it comes again.

        One that was gone for a while, as on a disk that was unmounted, is the same if it still
        holds a file that was known to be in it.
        """
        known = self.trees.fact(ROOT_FACT)
        gone = f"{NO_ROOT} {known}"
        if known == root or (root == NO_ROOT and (known or "").startswith(NO_ROOT)):
            return False
        is_back = known == f"{NO_ROOT} {root}" and await self._is_still()
        is_another = known is not None and root != NO_ROOT and not is_back
        with self.trees.changing():
            if is_another:
                logger.warning("the folder is another one than before: comparing anew")
                self.trees.lose_folder()
            self.trees.note(ROOT_FACT, gone if root == NO_ROOT else root)
        return is_another or is_back

    async def _is_still(self) -> bool:
        root = self.trees.root(Side.LOCAL)
        return await holds_known(self.trees, self.folder, root, _ROOT) is True

    async def read(self) -> None:
        """Reads new and changed files to know their content, some at a time."""
        readers = [asyncio.ensure_future(self._read_on()) for _ in range(READERS)]
        try:
            await asyncio.gather(*readers)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _read_on(self) -> None:
        while True:
            self._unread.clear()
            if self._backlog.has_plenty:
                # What was read is carried first: the other side need not wait for all of it.
                await self._unread.wait()
                continue
            soonest = None if self._ripe else self._find_ripe()
            if not self._ripe:
                await self._wait_for_files(soonest)
                continue
            await self._read_some(self._next_ripe())
            if not self._ripe or len(self._found) >= FILES_AT_ONCE:
                self._note_found()

    async def _wait_for_files(self, seconds: float | None) -> None:
        # Not wait_for: until Python 3.12 it may swallow a cancellation.
        timer = None
        if seconds is not None:
            timer = asyncio.get_running_loop().call_later(seconds, self._unread.set)
        try:
            await self._unread.wait()
        finally:
            if timer is not None:
                timer.cancel()

    def _to_read(self) -> list[int]:
        return [
            stuck.node
            for stuck in list(self._backlog.stuck.values())
            if stuck.cause is op.Cause.BEING_WRITTEN
        ]

    def _find_ripe(self) -> float | None:
        """Sort out what can be read now; in how many seconds there is more."""
        now = self.clock.monotonic()
        due = {}
        for node_id in self._to_read():
            if node_id in self._busy:
                continue
            if node_id in self._settled:
                self._ripe.append((node_id, None))
                continue
            moment, found = self._due.get(node_id), None
            if moment is None:
                found = self.trees.to_read(node_id)
                moment = now + self._rest(found)
            if moment > now:
                due[node_id] = moment
            else:
                # Of many, paths and stats would be more than all else that is kept in mind.
                is_near = len(self._ripe) < READERS * FILES_AT_ONCE
                self._ripe.append((node_id, found if is_near else None))
        self._due = due
        return min((moment - now for moment in due.values()), default=None)

    def _rest(self, found: _Unread | None) -> float:
        """How long a file that nobody closed is left alone; clocks may be wrong."""
        if found is None:
            return 0.0
        rest = found[1].mtime_ns / 1e9 + SETTLE_SECONDS - self.clock.now()
        return max(0.0, min(rest, SETTLE_SECONDS))

    def _next_ripe(self) -> dict[int, _Unread]:
        """Some small files to read, or one large one."""
        batch: dict[int, _Unread] = {}
        while self._ripe and len(batch) < FILES_AT_ONCE:
            node_id, found = self._ripe.popleft()
            found = found or self.trees.to_read(node_id)
            is_large = found is not None and found[1].size > SMALL_BYTES
            if is_large and batch:
                self._ripe.appendleft((node_id, found))
                break
            self._settled.discard(node_id)
            self._due.pop(node_id, None)
            self._busy.add(node_id)
            if found is None:
                self._found[node_id] = None
                continue
            batch[node_id] = found
            if is_large:
                break
        return batch

    async def _read_some(self, batch: dict[int, _Unread]) -> None:
        if not batch:
            return
        contents = await self.folder.contents(list(batch.values()))
        for (node_id, (names, stat)), content in zip(batch.items(), contents, strict=True):
            if isinstance(content, Content):
                self._found[node_id] = (stat, content)
                continue
            logger.debug("%s: %s", "/".join(names), content.text)
            self._busy.discard(node_id)
            pause = RETRY_SECONDS if isinstance(content, DiskError) else SETTLE_SECONDS
            self._due[node_id] = self.clock.monotonic() + pause
            self.heed(Hint(names[:-1]))

    def _note_found(self) -> None:
        """Several at once: every note has all differences weighed anew."""
        found, self._found = self._found, {}
        if not found:
            return
        self._busy.difference_update(found)
        try:
            left = self._fill(found)
        except DiskError as error:
            logger.warning("%s", error.text)
            self._due |= dict.fromkeys(found, self.clock.monotonic() + RETRY_SECONDS)
            return
        if left:
            self._backlog.decide_again(left)
        self._seen()

    def _fill(self, found: dict[int, tuple[Stat, Content] | None]) -> set[int]:
        """Which ones are not as they were read."""
        left = set()
        with self.trees.changing():
            for node_id, seen in found.items():
                if seen is None or not self.trees.fill_as_seen(node_id, *seen):
                    left.add(node_id)
        return left
