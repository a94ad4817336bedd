"""The journal of a volume, in the file of its trees: what sync did, newest last, for a while.

Writes belong to a transaction of `TreeStore.changing`, that of the agreement they are about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from u1tray.engine.core.deeds import Deed, JournalEntry, Seen
from u1tray.engine.core.values import Content, Kind, Names, Side
from u1tray.engine.store.columns import columns_of, stored_name

KEPT_SECONDS = 30 * 86400.0
KEPT_ENTRIES = 50_000
_TRIM_EVERY = 1000

_INSERT = (
    "INSERT INTO journal (at, side, deed, kind, path, target, node, old_sha1, old_size,"
    " new_sha1, new_size, inode, mtime_ns, done) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SELECT = (
    "SELECT id, at, side, deed, kind, path, target, node, old_sha1, old_size,"
    " new_sha1, new_size, inode, mtime_ns, done, undone FROM journal"
)


class Journal:
    """The journal of one volume. `noted` is called whenever there is more in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """In the file of a volume's trees, whose tables are there."""
        self.noted: Callable[[], None] = lambda: None
        self._connection = connection
        self._until_trim = 1

    def add(self, entry: JournalEntry) -> int:
        """Write an entry; its id."""
        number = self._connection.execute(_INSERT, _row(entry)).lastrowid
        assert number is not None
        self._until_trim -= 1
        if self._until_trim == 0:  # ids jump where entries are finished
            self._until_trim = _TRIM_EVERY
            self._trim(number, entry.at)
        return number

    def finish(self, number: int, at: float, target: Names | None = None) -> None:
        """What was about to be done is done, at a time; where it is now, if that was open.

        It gets a new id: whoever asks for what came after an entry misses none.
        """
        self._connection.execute(
            "UPDATE journal SET id = (SELECT max(id) + 1 FROM journal), done = 1, at = ?,"
            " target = ifnull(?, target) WHERE id = ?",
            (at, None if target is None else _stored(target), number),
        )

    def mark_undone(self, numbers: Iterable[int]) -> None:
        """These were taken back."""
        rows = [(number,) for number in numbers]
        self._connection.executemany("UPDATE journal SET undone = 1 WHERE id = ?", rows)

    def after(self, number: int, most: int) -> list[JournalEntry]:
        """What was done after an entry, oldest first, `most` at once."""
        where = "WHERE id > ? AND done ORDER BY id LIMIT ?"
        return self._entries(where, number, most)

    def last(self, most: int) -> list[JournalEntry]:
        """What was done last, oldest first."""
        found = self._entries("WHERE done ORDER BY id DESC LIMIT ?", most)
        return found[::-1]

    def to_undo(self, since: float, below: Names = ()) -> list[JournalEntry]:
        """What was, or may have been, done to the folder since a Unix time; newest first.

        Only what can be taken back, and only at or below a path.
        """
        where = "WHERE side = 'local' AND deed <> 'made' AND NOT undone AND at >= ?"
        found = self._entries(f"{where} ORDER BY id DESC", since)
        return [entry for entry in found if entry.concerns(below)]

    def _entries(self, where: str, *values: object) -> list[JournalEntry]:
        return [_entry(row) for row in self._connection.execute(f"{_SELECT} {where}", values)]

    def _trim(self, newest: int, now: float) -> None:
        self._connection.execute(
            "DELETE FROM journal WHERE id <= ? OR (at < ? AND id < ?)",
            (newest - KEPT_ENTRIES, now - KEPT_SECONDS, newest),
        )


def _row(entry: JournalEntry) -> tuple[object, ...]:
    return (
        entry.at,
        entry.side.value,
        entry.deed.value,
        entry.kind.value,
        _stored(entry.names),
        None if entry.target is None else _stored(entry.target),
        entry.node,
        *columns_of(entry.before),
        *columns_of(entry.after),
        None if entry.seen is None else entry.seen.inode,
        None if entry.seen is None else entry.seen.mtime_ns,
        entry.is_done,
    )


def _entry(row: tuple) -> JournalEntry:  # type: ignore[type-arg]
    number, at, side, deed, kind, path, target, node = row[:8]
    old_sha1, old_size, new_sha1, new_size, inode, mtime_ns, done, undone = row[8:]
    return JournalEntry(
        number,
        at,
        Side(side),
        Deed(deed),
        Kind(kind),
        _names(path),
        None if target is None else _names(target),
        node,
        None if old_sha1 is None else Content(old_sha1, old_size),
        None if new_sha1 is None else Content(new_sha1, new_size),
        None if inode is None else Seen(inode, mtime_ns),
        bool(done),
        bool(undone),
    )


def _stored(names: Names) -> bytes:
    return stored_name("/".join(names))


def _names(stored: bytes) -> Names:
    return tuple(stored.decode("utf-8", "surrogateescape").split("/")) if stored else ()
