"""Turns listings of directories into observations of the local tree.

Identity: a file is known again by its inode, and what stands at a path keeps its identity when
only the inode is new (an editor's atomic save). What is not where it was may have moved to a
directory that is looked at later, so nothing is gone before the end of a pass.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from u1tray.engine.core.values import NOWHERE, Kind, Node, Side
from u1tray.engine.ports import DiskError, Folder, Listing, Names, Oddity, Stat
from u1tray.engine.runner.identity import could_be, is_moved, is_same, is_untouched
from u1tray.engine.runner.oddities import Oddities
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

_NO_GLANCES: Mapping[Names, Collection[str]] = {}
DIRECTORIES_AT_ONCE = 16  # that are listed


class Scan:
    """One pass over some directories, then `finish`. `advanced` is awaited on the way: what was
    seen by then may be planned, for nothing is gone before the end.

    Nothing is changed in the folder by us meanwhile: a listing would be out of date.
    """

    def __init__(
        self,
        trees: TreeStore,
        folder: Folder,
        *,
        oddities: Oddities | None = None,
        advanced: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Begins with nothing; `oddities` learns what cannot be synced."""
        self._oddities = oddities
        self._advanced = advanced
        self._trees = trees
        self._folder = folder
        self._missing: dict[int, Names] = {}

    async def look(
        self,
        directories: Iterable[tuple[Names, bool]],
        glances: Mapping[Names, Collection[str]] = _NO_GLANCES,
    ) -> None:
        """Look at directories, and with True, at everything below them; then at single names.

        One that is not observed yet comes with its parent's listing.
        """
        few = {names: some for names, some in glances.items() if self._are_few(names, some)}
        whole = [(names, False) for names in glances if names not in few]
        done = await self._look([*directories, *whole])
        todo = sorted((names, sorted(some)) for names, some in few.items() if names not in done)
        await self._look(await self._glance_at_all(todo))

    async def _look(self, directories: Iterable[tuple[Names, bool]]) -> dict[Names, bool]:
        """Which ones were looked at, those below included."""
        wanted: dict[Names, bool] = {}
        for names, is_deep in directories:
            if self._find(names) is not None:  # or it would count as looked at when it comes
                wanted[names] = is_deep or wanted.get(names, False)
        todo = sorted(wanted.items(), key=lambda pair: (len(pair[0]), pair), reverse=True)
        done: dict[Names, bool] = {}
        while todo:
            batch: dict[Names, bool] = {}
            while todo and len(batch) < DIRECTORIES_AT_ONCE:
                names, is_deep = todo.pop()
                if names not in done or (is_deep and not done[names]):
                    done[names] = batch[names] = is_deep
            found = await self._look_at_all(batch)
            todo.extend(reversed(found))
            if self._advanced is not None and self._trees.touched:
                await self._advanced()
        return done

    def _are_few(self, names: Names, some: Collection[str]) -> bool:
        """Whether single names are quicker to look at than their whole directory."""
        directory = self._find(names)
        return directory is not None and self._trees.has_children(directory.id, 2 * len(some))

    async def _glance_at_all(
        self, wanted: list[tuple[Names, list[str]]]
    ) -> list[tuple[Names, bool]]:
        """The new directories among some names."""
        listings = await self._folder.glance(wanted) if wanted else ()
        todo = []
        for (names, some), listing in zip(wanted, listings, strict=True):
            if isinstance(listing, DiskError):
                self._note_refusal(names, listing)
            elif listing is not None:
                found = await self._take_in(names, listing, some)
                todo += [((*names, name), True) for name, is_new in found if is_new]
        return todo

    def finish(self) -> None:
        """What was not seen anywhere is gone."""
        trees = self._trees
        with trees.changing():
            for node_id in sorted(self._missing):
                if trees.node(Side.LOCAL, node_id) is not None:
                    trees.remove(Side.LOCAL, node_id)
        self._missing.clear()
        if self._oddities is not None:
            self._oddities.keep(lambda names: self._find(names) is not None)

    async def _look_at_all(self, batch: dict[Names, bool]) -> list[tuple[Names, bool]]:
        """What is to be looked at next: new directories, and all in those looked at deeply."""
        listings = await self._folder.list(list(batch))
        todo = []
        for (names, is_deep), listing in zip(batch.items(), listings, strict=True):
            if isinstance(listing, DiskError):
                # Unknown is not gone: what was seen there stays as it was seen.
                self._note_refusal(names, listing)
            elif listing is not None:
                found = await self._take_in(names, listing)
                todo += [((*names, name), True) for name, is_new in found if is_new or is_deep]
        return todo

    async def _take_in(
        self, names: Names, listing: Listing, some: Iterable[str] | None = None
    ) -> list[tuple[str, bool]]:
        """The directories in a directory (or of `some` names in it), and which of them are new."""
        directory = self._find(names)
        if directory is None:
            return []
        if self._oddities is not None:
            self._oddities.learn(names, listing.oddities, some)
        seen = self._trees.seen_in(directory.id, some)
        news = _News(seen, _of_interest(listing, seen), listing.oddities)
        for node_id in news.again:
            self._missing.pop(node_id, None)
        if news.changed or news.gone:
            moved_from = await self._moved_here(names, news)
            with self._trees.changing():
                return news.unchanged + self._observe(names, directory, news, moved_from)
        return news.unchanged

    def _note_refusal(self, names: Names, error: DiskError) -> None:
        if self._oddities is not None:
            self._oddities.refuse(names, error)

    def _find(self, names: Names) -> Node | None:
        node = self._trees.find(Side.LOCAL, names)
        return node if node is not None and node.is_directory else None

    async def _moved_here(self, names: Names, news: _News) -> dict[str, Node]:
        """Which of the names hold something that was seen elsewhere and is not there any more."""
        moved: dict[str, Node] = {}
        taken: set[int] = set()  # one file may have got several names
        seen_before = self._trees.known_inodes([stat.inode for stat in news.changed.values()])
        for name, stat in news.changed.items():
            if stat.inode not in seen_before:
                continue
            known = news.seen.get(name)
            if known is not None and is_same(known[1], stat):
                continue
            node = await self._former(stat, None if known is None else known[0], taken)
            if node is None:
                continue
            if await is_moved(self._trees, self._folder, node, (*names, name)):
                moved[name] = node
                taken.add(node.id)
        return moved

    async def _former(self, stat: Stat, here: int | None, taken: set[int]) -> Node | None:
        for node in self._trees.of_inode(stat.device, stat.inode):
            last = self._trees.stat(node.id)
            if node.id == here or last is None or not could_be(last, stat):
                continue
            if node.id in taken:
                continue
            if here is not None and node.entry is None:
                continue  # a temporary file, renamed over the real one
            if not await self._is_still_there(node, stat):
                return node
        return None

    async def _is_still_there(self, node: Node, stat: Stat) -> bool:
        """Whether a node that looks as in `stat` is where it was seen before, or may be."""
        try:
            now = await self._folder.stat(self._trees.names(Side.LOCAL, node.id))
        except DiskError:
            return True  # unknown is not gone, and no reason to look at nothing else
        return now is not None and is_same(now, stat)

    def _observe(
        self, names: Names, directory: Node, news: _News, moved: dict[str, Node]
    ) -> list[tuple[str, bool]]:
        for name, node_id in news.gone.items():
            self._missing.setdefault(node_id, (*names, name))
        found = []
        # Moves first: what left a name in here must not be taken for what has that name now.
        for name in sorted(news.changed, key=lambda name: (name not in moved, name)):
            stat = news.changed[name]
            known = self._trees.child(Side.LOCAL, directory.id, name) if name in news.seen else None
            is_new = self._observe_one(directory, name, stat, known, moved.get(name))
            if stat.kind is Kind.DIRECTORY:
                found.append((name, is_new))
        return found

    def _observe_one(
        self, directory: Node, name: str, stat: Stat, known: Node | None, former: Node | None
    ) -> bool:
        """Whether it is new here, so that all below has to be looked at."""
        trees = self._trees
        if former is not None and not trees.is_within(directory, former):
            if known is not None and known.id != former.id:
                self._displace(known.id)
            self._missing.pop(former.id, None)
            trees.place(Side.LOCAL, former.id, directory.id, name)
            self._see_again(former, stat)
            return True
        if known is not None and known.kind is stat.kind:
            self._missing.pop(known.id, None)
            return self._see_again(known, stat)
        if known is not None:
            self._displace(known.id)
        trees.add(Side.LOCAL, directory.id, name, stat.kind, stat=stat)
        return True

    def _see_again(self, node: Node, stat: Stat) -> bool:
        """Whether what is below has to be looked at, for another directory is there."""
        last = self._trees.stat(node.id)
        if last == stat:
            return False
        self._trees.see(node.id, stat)
        if node.is_directory:
            return last is None or not is_same(last, stat)
        if last is None or not is_untouched(last, stat):
            self._trees.fill(Side.LOCAL, node.id, None)
        return False

    def _displace(self, node_id: int) -> None:
        """Something else stands there now; where it went will show, or it is gone."""
        self._trees.place(
            Side.LOCAL, node_id, self._trees.root(Side.LOCAL).id, f"{NOWHERE}{node_id}"
        )
        self._missing.setdefault(node_id, ())


def _of_interest(listing: Listing, seen: dict[str, tuple[int, Stat]]) -> dict[str, Stat]:
    """What can be synced; as with git, also what is ignored but was taken in before."""
    if not listing.ignored:
        return listing.stats
    tracked = {
        name: stat
        for name, stat in listing.ignored.items()
        if name in seen and seen[name][1].kind is stat.kind
    }
    return {**listing.stats, **tracked}


class _News:
    """A listing of a directory compared with what was seen in it."""

    def __init__(
        self,
        seen: dict[str, tuple[int, Stat]],
        stats: dict[str, Stat],
        oddities: dict[str, Oddity],
    ) -> None:
        self.seen = seen
        self.changed: dict[str, Stat] = {}
        self.again: list[int] = []
        self.unchanged: list[tuple[str, bool]] = []
        """Directories that are as they were."""
        for name, stat in stats.items():
            known = seen.get(name)
            if known is None or known[1] != stat:
                self.changed[name] = stat
                continue
            self.again.append(known[0])
            if stat.kind is Kind.DIRECTORY:
                self.unchanged.append((name, False))
        # A link or another disk where something was, or no right to read it, deletes nothing.
        self.gone = {
            name: known[0]
            for name, known in seen.items()
            if name not in stats and name not in oddities
        }
