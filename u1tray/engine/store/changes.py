"""Changes of the trees: their transactions, and what they may have changed the plan for."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from u1tray.engine.core.values import Node, Side, Subject, subject_of
from u1tray.engine.ports import DiskError
from u1tray.engine.store.reading import TreeReader

# What SQLite says where the disk refuses; Python 3.10 does not tell the code.
_REFUSALS = frozenset(
    (
        "database or disk is full",
        "disk I/O error",
        "attempt to write a readonly database",
        "unable to open database file",
    )
)
_WHOLE = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_NESTED = (
    "SAVEPOINT inner_changes",
    "RELEASE inner_changes",
    (
        "ROLLBACK TO inner_changes",
        "RELEASE inner_changes",
    ),
)


class Changes(TreeReader):
    """Trees that can be written; whatever a write may have changed the plan for is in `touched`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """A connection whose tables are there, or are made before anything is read."""
        super().__init__(connection)
        self.touched: set[Subject] = set()

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction: all of what is written in it, or nothing. One inside of another is undone
        alone, and done with that. Raises DiskError where the disk refuses."""
        before, self.touched = self.touched, set()
        is_inner = self.connection.in_transaction
        begin, end, undo = _NESTED if is_inner else _WHOLE
        try:
            self.connection.execute(begin)
            try:
                yield
                self.connection.execute(end)
            except BaseException:
                self._recent.clear()
                self.touched = set()
                if self.connection.in_transaction:  # where the disk is full, SQLite may undo all
                    for statement in undo:
                        self.connection.execute(statement)
                raise
        except sqlite3.OperationalError as error:
            # Only the outermost: nobody may go on in a transaction that SQLite has undone.
            if not is_inner:
                raise_refusal(error)
            raise
        finally:
            before |= self.touched
            self.touched = before

    def _drop_entry(self, entry_id: int) -> None:
        """An entry, and which nodes it stands for, is about to change."""
        entry = self.entry(entry_id)
        if entry is not None:
            self._recent.drop_entry(entry_id)
            for side in Side:
                self._recent.drop_node(side, entry.node(side))

    def _touch_parent(self, entry_id: int) -> None:
        """What an entry leaves may have waited to be forgotten."""
        entry = self.entry(entry_id)
        if entry is not None and entry.parent is not None:
            self.touched.add(Subject(entry.parent))

    def _renew(self, side: Side, node_id: int, **changes: Any) -> None:
        """A node was written so."""
        known = self._recent.node(side, node_id)
        if known is not None:
            self._recent.keep_node(known._replace(**changes))
        node = self.node(side, node_id)
        if node is not None:
            self._touch(node)

    def _touch(self, node: Node) -> None:
        self.touched.add(subject_of(node))


def raise_refusal(error: sqlite3.OperationalError) -> None:
    """Raises DiskError for what may be over later; any other error is a fault of ours."""
    if str(error) in _REFUSALS:
        text = f"what is known of the folder cannot be written down: {error}"
        raise DiskError(text, ()) from error
