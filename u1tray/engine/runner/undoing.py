"""Takes back what sync did to the folder: looks, plans (core.undo), and does it, newest first.

What comes back is a change of this machine, and travels as any other. No wait of its own: the
folder is not scanned meanwhile, and nothing else changes it for the engine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from u1tray.engine.core.conflict_names import conflict_name
from u1tray.engine.core.deeds import Deed, JournalEntry
from u1tray.engine.core.undo import Outcome, Present, Reason, Refusal, Step, Way, plan
from u1tray.engine.core.values import Content, Names, Node, Side
from u1tray.engine.ports import Changed, Clock, DiskError, Folder, Stat
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import NotFoundError

_log = logging.getLogger(__name__)

_TOGETHER = 256  # entries that are looked at before others have their turn
_IN_TRASH = (Deed.DELETED, Deed.REPLACED)
_MAY_CHANGE = (Reason.GONE, Reason.CHANGED, Reason.TAKEN)


@dataclass(frozen=True)
class Undone:
    """What became of an entry: how it was, or would be, taken back, or why it was not.

    `aside` is where what was in its place is now; `text` says more about what failed.
    """

    entry: JournalEntry
    way: Way | None = None
    reason: Reason | None = None
    aside: Names | None = None
    text: str = ""


class Undoing:
    """Undo for one volume.

    `seen` is called when the folder was looked at again; with False all of it is to be looked at.
    """

    def __init__(
        self,
        trees: TreeStore,
        journal: Journal,
        folder: Folder,
        clock: Clock,
        *,
        device: str,
        hands: asyncio.Lock,
        seen: Callable[[bool], None],
    ) -> None:
        self._trees = trees
        self._journal = journal
        self._folder = folder
        self._clock = clock
        self._device = device
        self._hands = hands
        self._seen = seen
        self._running: set[asyncio.Task[tuple[list[Undone], bool]]] = set()
        self._closed = asyncio.Event()

    async def undo(self, since: float, below: Names = (), *, is_dry: bool = False) -> list[Undone]:
        """Take back what was done since a Unix time, at or below a path; what became of each.

        What was found to be taken back already, or never done, is left out.
        Raises NotFoundError once this is closed.
        """
        if self._closed.is_set():
            raise _closed()
        running = asyncio.ensure_future(self._undo(since, below, is_dry=is_dry))
        self._running.add(running)
        try:
            found, is_seen = await running
        except BaseException as error:
            self._seen(False)
            if self._closed.is_set() and isinstance(error, asyncio.CancelledError):
                raise _closed() from None
            raise
        finally:
            self._running.discard(running)
        self._seen(is_seen)
        return found

    async def close(self) -> None:
        """End what runs, each step of it whole; nothing begins any more."""
        self._closed.set()
        running = list(self._running)
        for one in running:
            one.cancel()
        if running:
            await asyncio.wait(running)

    async def _undo(self, since: float, below: Names, *, is_dry: bool) -> tuple[list[Undone], bool]:
        """What became of each, and whether all that changed was seen."""
        found: dict[int, Undone] = {}
        is_seen = True
        async with self._hands:
            entries = self._journal.to_undo(since, below)
            while entries:
                outcomes = plan(entries, now := await self._look(entries))
                results = [
                    result
                    for outcome in outcomes
                    for result in (_foreseen(outcome) if is_dry else await self._do(outcome, now))
                ]
                found.update({result.entry.id: result for result in results})
                done = [result.entry for result in results if result.way is not None]
                if is_dry:
                    break
                is_seen = await self._note(results) and is_seen
                # A directory that is back shows what can be taken back in it.
                again = {r.entry.id for r in results if r.reason in _MAY_CHANGE} if done else set()
                entries = [entry for entry in entries if entry.id in again]
        return [one for one in found.values() if one.reason is not Reason.NOT_NEEDED], is_seen

    async def _look(self, entries: list[JournalEntry]) -> _Look:
        look = _Look(self._trees)
        wanted = [(entry, entry.seen) for entry in entries if entry.deed in _IN_TRASH]
        known = [(entry, seen) for entry, seen in wanted if seen is not None]
        stats = [
            Stat(
                entry.kind,
                0,
                seen.inode,
                0 if entry.before is None else entry.before.size,
                seen.mtime_ns,
            )
            for entry, seen in known
        ]
        places = await self._folder.find_in_trash(
            [(entry.names, stat) for (entry, _), stat in zip(known, stats, strict=True)]
        )
        for (entry, _), stat, place in zip(known, stats, places, strict=True):
            if place is not None:
                look.places[entry.id] = (place, stat)
        for number, (entry, _) in enumerate(known):
            await self._read(look, entry.names)
            if number % _TOGETHER == 0:
                await asyncio.sleep(0)
        return look

    async def _read(self, look: _Look, names: Names) -> None:
        """What came back a moment ago was not read yet."""
        node = look.node(names)
        stat = None if node is None else self._trees.stat(node.id)
        if node is None or stat is None or node.is_directory or node.content is not None:
            return
        try:
            look.contents[node.id] = await self._folder.content(names, stat)
        except (Changed, DiskError):
            return

    async def _do(self, outcome: Outcome, look: _Look) -> list[Undone]:
        if isinstance(outcome, Refusal):
            return [Undone(outcome.entry, reason=outcome.reason)]
        # Whoever ends this in the middle of a step waits for its end: no half of it stays.
        step = asyncio.ensure_future(self._take(outcome, look))
        try:
            return await asyncio.shield(step)
        except asyncio.CancelledError:
            await asyncio.wait((step,))
            raise

    async def _take(self, outcome: Step, look: _Look) -> list[Undone]:
        aside = None
        try:
            if outcome.way is Way.MOVE_BACK:
                await self._move_back(outcome.entry)
            elif outcome.way is Way.PUT_BACK:
                aside = await self._put_back(outcome.entry, look)
            else:
                await self._bring_back(outcome.entry, look)
        except Changed:
            return [Undone(one, reason=Reason.CHANGED) for one in _all(outcome)]
        except DiskError as error:
            return [Undone(one, reason=Reason.FAILED, text=error.text) for one in _all(outcome)]
        return [Undone(one, outcome.way, aside=aside) for one in _all(outcome)]

    async def _bring_back(self, entry: JournalEntry, look: _Look) -> None:
        await self._make_parents(entry.names)
        place, stat = look.places[entry.id]
        await self._folder.bring_back(place, stat, entry.names)

    async def _put_back(self, entry: JournalEntry, look: _Look) -> Names:
        node = look.node(entry.names)
        seen = None if node is None else self._trees.stat(node.id)
        now = await self._folder.stat(entry.names)
        if now is None or (seen is not None and now != seen):
            raise _changed()
        aside = self._aside(entry.names)
        moved = await self._folder.move(entry.names, now, aside)
        try:
            await self._bring_back(entry, look)
        except BaseException:
            await self._folder.move(aside, moved, entry.names)
            raise
        return aside

    async def _move_back(self, entry: JournalEntry) -> None:
        stat = None if entry.node is None else self._trees.stat(entry.node)
        if stat is None or entry.target is None:
            raise _changed()
        await self._make_parents(entry.names)
        await self._folder.move(entry.target, stat, entry.names)

    async def _make_parents(self, names: Names) -> None:
        for count in range(1, len(names)):
            if await self._folder.stat(names[:count]) is None:
                await self._folder.make_directory(names[:count])

    def _aside(self, names: Names) -> Names:
        directory = self._trees.find(Side.LOCAL, names[:-1])

        def is_taken(name: str) -> bool:
            return directory is not None and (
                self._trees.child(Side.LOCAL, directory.id, name) is not None
            )

        return (*names[:-1], conflict_name(names[-1], self._device, self._clock.now(), is_taken))

    async def _note(self, results: list[Undone]) -> bool:
        """What was taken back needs it no more; whether all that changed is seen."""
        over = [r.entry for r in results if r.way or r.reason is Reason.NOT_NEEDED]
        places = [place for r in results if r.way for place in (r.entry.names, r.entry.target)]
        scan = Scan(self._trees, self._folder)
        try:
            with self._trees.changing():
                self._journal.mark_undone(entry.id for entry in over)
            await scan.look((names, False) for names in _directories(places))
            scan.finish()
        except DiskError as error:  # what was done is done, and is told
            _log.warning("what was taken back cannot be looked at: %s", error.text)
            return False
        return True


class _Look:
    """The folder as the local tree has it, and where what was taken away is in a trash."""

    def __init__(self, trees: TreeStore) -> None:
        self.places: dict[int, tuple[str, Stat]] = {}
        self.contents: dict[int, Content] = {}
        self._trees = trees

    def node(self, names: Names) -> Node | None:
        return self._trees.find(Side.LOCAL, names)

    def at(self, names: Names) -> Present | None:
        node = self.node(names)
        if node is None:
            return None
        return Present(node.id, node.kind, node.content or self.contents.get(node.id))

    def is_in_trash(self, entry: JournalEntry) -> bool:
        return entry.id in self.places


def _all(step: Step) -> list[JournalEntry]:
    return [step.entry, *step.covered]


def _foreseen(outcome: Outcome) -> list[Undone]:
    if isinstance(outcome, Refusal):
        return [Undone(outcome.entry, reason=outcome.reason)]
    return [Undone(one, outcome.way) for one in _all(outcome)]


def _directories(places: Iterable[Names | None]) -> list[Names]:
    """All that are above these paths: some may be new."""
    found = {place[:count] for place in places if place for count in range(len(place))}
    return sorted(found)


def _closed() -> NotFoundError:
    text = "The folder is not synced any more."
    return NotFoundError(text)


def _changed() -> Changed:
    message = "it was changed since"
    return Changed(message)
