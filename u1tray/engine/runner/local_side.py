"""Looks at the folder of a volume: scans what changed."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
from collections.abc import Callable

from u1tray.engine.core.values import Side
from u1tray.engine.ports import Clock, DiskError, Folder, Hint, Names
from u1tray.engine.runner.backlog import Backlog
from u1tray.engine.runner.identity import holds_known
from u1tray.engine.runner.oddities import Oddities
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.runner.unread import Unread
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
LONG_SECONDS = 0.1
ROOT_FACT = "root"  # which directory the folder is, by its inode
NO_ROOT = "none"
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
        self.trouble: DiskError | None = None
        """Why what is in the folder cannot be seen or written down; it is tried again."""
        self.oddities = Oddities()
        self.trees = trees
        self.folder = folder
        self.clock = clock
        self._hands = hands
        self._seen = seen
        self._hints: dict[tuple[Names, bool], None] = {}
        self._glances: dict[Names, dict[str, None]] = {}
        self._news = asyncio.Event()
        self._closed: set[Names] = set()
        self.unread = Unread(trees, folder, clock, backlog=backlog, look=self.heed, seen=seen)

    @property
    def is_quiet(self) -> bool:
        """Everything was looked at and read."""
        is_seen = self.is_looked_at and not self._hints and not self._glances
        return is_seen and self.unread.are_none

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

    async def hear(self) -> None:
        async for hint in self.folder.hints():
            self.heed(hint)

    def _settle(self, closed: set[Names]) -> None:
        """Their writers closed files before these were looked at: they can be read at once."""
        for above, some in itertools.groupby(sorted(closed), lambda names: names[:-1]):
            directory = self.trees.find(Side.LOCAL, above)
            if directory is None:
                continue
            self.unread.settle(directory.id, [names[-1] for names in some])

    async def look(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            begun = self.clock.monotonic()
            await self._look_once()
            took = self.clock.monotonic() - begun
            if took > LONG_SECONDS:
                # Large directories that change all the time leave time for other work, too.
                await self.clock.sleep(min(took, RETRY_SECONDS))

    async def _look_once(self) -> None:
        """Look wherever hints lead by now; none of them is kept in mind afterwards."""
        hints, self._hints = self._hints, {}
        glances, self._glances = self._glances, {}
        closed, self._closed = self._closed, set()
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
