"""Writes operations into the journal: what each is about, before and in the same transaction.

What takes something away here is written down before it is done, too: after a crash in between
it is in the journal as perhaps done, and in the trash or at its place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from u1tray.engine.core import operations as op
from u1tray.engine.core.deeds import Deed, JournalEntry, Seen
from u1tray.engine.core.values import Content, Kind, Names, Side
from u1tray.engine.ports import Clock
from u1tray.engine.store.journal import Journal
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary.errors import U1Error

_MOST_FAILED = 1000


class Recorder:
    """Records the operations of one volume."""

    def __init__(self, trees: TreeStore, journal: Journal, clock: Clock) -> None:
        self._trees = trees
        self._journal = journal
        self._clock = clock
        self._begun: dict[op.Operation, int] = {}
        self._failed: dict[op.Operation, tuple[int, JournalEntry]] = {}

    @contextlib.contextmanager
    def doing(self, operation: op.Operation) -> Iterator[None]:
        """An operation is carried out in the block; it may crash there."""
        entry = self._entry(operation, is_done=False) if _takes_away(operation) else None
        if entry is None:
            yield
            return
        number, former = self._failed.pop(operation, (0, None))
        if former is None or former._replace(at=entry.at) != entry:
            with self._trees.changing():
                number = self._journal.add(entry)
        self._begun[operation] = number
        try:
            yield
        except U1Error:
            # It may have been done all the same; it is tried again, which needs no second entry
            # as long as it is about the same.
            if len(self._failed) < _MOST_FAILED:
                self._failed[operation] = number, entry
            raise
        finally:
            del self._begun[operation]

    @contextlib.contextmanager
    def done(self, operation: op.Operation) -> Iterator[None]:
        """A transaction for what an operation observed and agreed on, and the journal's part."""
        with self._trees.changing(), self.noting(operation):
            yield

    @contextlib.contextmanager
    def noting(self, operation: op.Operation) -> Iterator[None]:
        """The same in a transaction that there is, and that is undone where the block fails."""
        begun = self._begun.get(operation) if self._begun else None
        entry = None if begun is not None else self._entry(operation, is_done=True)
        yield
        if begun is not None:
            self._journal.finish(begun, self._clock.now(), self._aside(operation))
        elif entry is not None:
            self._journal.add(entry)
        self._journal.noted()

    def _aside(self, operation: op.Operation) -> Names | None:
        """Where something was set aside to: its name is made when it is done."""
        return (
            self._names(Side.LOCAL, operation.node) if isinstance(operation, op.SetAside) else None
        )

    def _entry(self, operation: op.Operation, *, is_done: bool) -> JournalEntry | None:
        """None where what it is about is gone."""
        try:
            entry = self._made(operation) or self._changed(operation)
        except KeyError:
            return None
        return entry if entry is None or is_done else entry._replace(is_done=False)

    def _made(self, operation: op.Operation) -> JournalEntry | None:
        match operation:
            case op.Make(side, _, parent, name):
                kind, content = Kind.DIRECTORY, None
            case op.Transfer(side, _, parent, name, content, None):
                kind = Kind.FILE
            case _:
                return None
        names = (*self._names(side, parent), name)
        return JournalEntry(0, self._clock.now(), side, Deed.MADE, kind, names, after=content)

    def _changed(self, operation: op.Operation) -> JournalEntry | None:
        match operation:
            case op.Transfer(side, _, _, _, content, int(node)):
                return self._node(side, node, Deed.REPLACED, after=content)
            case op.Move(side, node, parent, name):
                target = (*self._names(side, parent), name)
                return self._node(side, node, Deed.MOVED, target=target)
            case op.SetAside(node):
                return self._node(Side.LOCAL, node, Deed.SET_ASIDE)
            case op.Delete(side, node):
                return self._node(side, node, Deed.DELETED)
        return None

    def _node(
        self,
        side: Side,
        node_id: int,
        deed: Deed,
        *,
        target: Names | None = None,
        after: Content | None = None,
    ) -> JournalEntry | None:
        node = self._trees.node(side, node_id)
        if node is None:
            return None
        stat = self._trees.stat(node_id) if side is Side.LOCAL else None
        return JournalEntry(
            0,
            self._clock.now(),
            side,
            deed,
            node.kind,
            self._names(side, node_id),
            target,
            node_id if side is Side.LOCAL else None,
            node.content,
            after,
            None if stat is None else Seen(stat.inode, stat.mtime_ns),
        )

    def _names(self, side: Side, node_id: int) -> Names:
        return self._trees.names(side, node_id)


def _takes_away(operation: op.Operation) -> bool:
    """Whether something here is not at its place, or not what it was, afterwards."""
    match operation:
        case op.Move(Side.LOCAL) | op.Delete(Side.LOCAL) | op.SetAside():
            return True
        case op.Transfer(Side.LOCAL):
            return operation.target is not None
    return False
