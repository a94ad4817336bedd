"""The three trees of one volume in SQLite: read by the planner, written by what observes and acts.

Every write belongs to a transaction of `changing`; whatever a write may have changed the plan
for is in `touched` afterwards. The trees are used by one thread.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from u1tray.engine.core.values import Content, Entry, Kind, Node, Side, Subject, subject_of
from u1tray.engine.ports import DiskError, Stat
from u1tray.engine.store.reading import (
    COLUMNS,
    KIND_TEXTS,
    TABLES,
    TreeReader,
    columns_of,
    stored_name,
)
from u1tray.engine.store.schema import prepare

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
_ADD_LOCAL = (
    "INSERT INTO local_nodes (parent, name, kind, sha1, size,"
    " device, inode, bytes, mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD_REMOTE = (
    "INSERT INTO remote_nodes (parent, name, kind, sha1, size, key, generation, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class TreeStore(TreeReader):
    """The trees of a volume. `open` makes them; then `plant` gives them their roots."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises sqlite3.DatabaseError for a file that is not such a store."""
        super().__init__(connection)
        self.touched: set[Subject] = set()
        self.epoch = 0
        """Grows with `part_all`: what the cloud answered to before does not count any more."""
        prepare(connection)

    @classmethod
    def open(cls, path: Path | str) -> TreeStore:
        """The trees in a file, or in memory (`:memory:`).

        Raises DiskError where the disk refuses, and sqlite3.DatabaseError for another file.
        """
        connection = None
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            return cls(connection)
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            if isinstance(error, sqlite3.OperationalError):
                _raise_refusal(error)
            raise

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
                _raise_refusal(error)
            raise
        finally:
            before |= self.touched
            self.touched = before

    # Observations

    def plant(self, key: str) -> Entry:
        """Give empty trees their roots, which are agreed; `key` is that of the cloud's."""
        run = self.connection.execute
        local = run("INSERT INTO local_nodes (name, kind) VALUES (x'', 'directory')").lastrowid
        remote = run(
            "INSERT INTO remote_nodes (name, kind, key) VALUES (x'', 'directory', ?)", (key,)
        ).lastrowid
        made = self.node(Side.REMOTE, remote)
        assert made is not None
        return self.link(local, remote, made)

    def add(
        self,
        side: Side,
        parent: int,
        name: str,
        kind: Kind,
        content: Content | None = None,
        *,
        key: str | None = None,
        generation: int = 0,
        changed_at: float | None = None,
        stat: Stat | None = None,
    ) -> Node:
        """A node that was not seen before. `key` is needed for one of the cloud, which was seen
        with a generation; one of the folder was seen as in `stat`.

        Raises sqlite3.IntegrityError where a node of that name or key is there already.
        """
        values = (parent, stored_name(name), KIND_TEXTS[kind], *columns_of(content))
        if side is Side.REMOTE:
            done = self.connection.execute(_ADD_REMOTE, (*values, key, generation, changed_at))
        else:
            seen = (None,) * 5 if stat is None else stat[1:]
            done = self.connection.execute(_ADD_LOCAL, (*values, *seen))
        assert done.lastrowid is not None
        found = Node(side, done.lastrowid, parent, name, kind, content)
        self._recent.keep_node(found)
        self._touch(found)
        return found

    def place(self, side: Side, node_id: int, parent: int, name: str) -> None:
        """A node was seen elsewhere."""
        self.connection.execute(
            f"UPDATE {TABLES[side]} SET parent = ?, name = ? WHERE id = ?",
            (parent, stored_name(name), node_id),
        )
        self._recent.forget_paths(side)
        self._renew(side, node_id, parent=parent, name=name)

    def fill(self, side: Side, node_id: int, content: Content | None) -> None:
        """A file was seen with a content."""
        self.connection.execute(
            f"UPDATE {TABLES[side]} SET sha1 = ?, size = ? WHERE id = ?",
            (*columns_of(content), node_id),
        )
        self._renew(side, node_id, content=content)

    def fill_as_seen(self, local_id: int, stat: Stat, content: Content) -> bool:
        """A file was read; whether it is still as it was seen then."""
        done = self.connection.execute(
            "UPDATE local_nodes SET sha1 = ?, size = ? WHERE id = ? AND device = ? AND inode = ?"
            " AND bytes = ? AND mtime_ns = ? AND ctime_ns = ?",
            (*columns_of(content), local_id, *stat[1:]),
        )
        if not done.rowcount:
            return False
        self._renew(Side.LOCAL, local_id, content=content)
        return True

    def tell(
        self,
        remote_id: int,
        parent: int,
        name: str,
        content: Content | None,
        *,
        generation: int,
        changed_at: float | None,
    ) -> None:
        """The cloud told all of a node; `place`, `fill` and `reach` at once."""
        self.connection.execute(
            "UPDATE remote_nodes SET parent = ?, name = ?, sha1 = ?, size = ?, generation = ?,"
            " changed_at = ? WHERE id = ?",
            (parent, stored_name(name), *columns_of(content), generation, changed_at, remote_id),
        )
        self._recent.forget_paths(Side.REMOTE)
        self._renew(Side.REMOTE, remote_id, parent=parent, name=name, content=content)

    def see(self, local_id: int, stat: Stat) -> None:
        """A local node was seen so."""
        self.connection.execute(
            "UPDATE local_nodes SET device = ?, inode = ?, bytes = ?, mtime_ns = ?, ctime_ns = ?"
            " WHERE id = ?",
            (stat.device, stat.inode, stat.size, stat.mtime_ns, stat.ctime_ns, local_id),
        )

    def reach(self, remote_id: int, generation: int, changed_at: float | None) -> None:
        """The cloud's answer showed a node of a generation; an older one changes nothing."""
        self.connection.execute(
            "UPDATE remote_nodes SET generation = ?, changed_at = ?"
            " WHERE id = ? AND generation <= ?",
            (generation, changed_at, remote_id, generation),
        )

    def send(self, local_id: int, content: Content) -> None:
        """A content is about to go from a local file to the cloud; kept until it is agreed."""
        self.connection.execute(
            "INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", (local_id, *columns_of(content))
        )

    def remove(self, side: Side, node_id: int) -> None:
        """A node was seen to be gone, with everything below it."""
        tree = (
            f"WITH RECURSIVE tree(id) AS (SELECT ? UNION ALL SELECT n.id FROM {TABLES[side]} n"
            " JOIN tree ON n.parent = tree.id) "
        )
        rows = self.connection.execute(
            f"{tree} SELECT tree.id, e.id FROM tree"
            f" LEFT JOIN entries e ON e.{COLUMNS[side]} = tree.id",
            (node_id,),
        )
        for node, entry in rows:
            self.touched.add(Subject(node, side) if entry is None else Subject(entry))
            self._recent.drop_node(side, node)
            self._recent.forget_paths(side)
            if entry is not None:
                self._recent.drop_entry(entry)
        self.connection.execute(
            f"{tree} DELETE FROM {TABLES[side]} WHERE id IN (SELECT id FROM tree)", (node_id,)
        )

    # Agreements

    def link(self, local_id: int | None, remote_id: int | None, made: Node) -> Entry:
        """Agree that two nodes are the same, at the place and with the content of `made`.

        Where one is gone meanwhile (None), it was deleted after what `made` shows.
        """
        local, remote = self.node(Side.LOCAL, local_id), self.node(Side.REMOTE, remote_id)
        directory = self.node(made.side, made.parent)
        number = self._join(local, remote)
        parent = None if directory is None else directory.entry
        nodes = (None if local is None else local.id, None if remote is None else remote.id)
        values = (
            parent,
            stored_name(made.name),
            KIND_TEXTS[made.kind],
            *columns_of(made.content),
            *nodes,
        )
        if number is None:
            done = self.connection.execute(
                "INSERT INTO entries (parent, name, kind, sha1, size, local, remote)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            number = done.lastrowid
            self._recent.count(made.kind, 1)
        else:
            self._touch_parent(number)
            self._drop_entry(number)
            # It may have come back: losing it once more is another loss.
            self.connection.execute("DELETE FROM shown WHERE entry = ?", (number,))
            self.connection.execute(
                "UPDATE entries SET parent = ?, name = ?, kind = ?, sha1 = ?, size = ?,"
                " local = ?, remote = ?, revived = 0 WHERE id = ?",
                (*values, number),
            )
        assert number is not None
        for node in (local, remote):
            if node is not None:
                self._recent.keep_node(node._replace(entry=number))
        self.touched.add(Subject(number))
        # What waited for one of them to be agreed goes on.
        self.touched.update(subject_of(node) for node in (local, remote) if node is not None)
        found = Entry(number, parent, made.name, made.kind, made.content, *nodes)
        self._recent.keep_entry(found)
        return found

    def _join(self, local: Node | None, remote: Node | None) -> int | None:
        """The one entry of two nodes: what was below that of the cloud's goes with it."""
        first = None if local is None else local.entry
        second = None if remote is None else remote.entry
        if first is None or second in (None, first):
            return first if first is not None else second
        self._touch_parent(second)
        self._recent.clear()
        self.connection.execute("UPDATE entries SET parent = ? WHERE parent = ?", (first, second))
        self.connection.execute("DELETE FROM entries WHERE id = ?", (second,))
        return first

    def agree_place(self, entry_id: int, parent: int, name: str) -> None:
        """Agree on a place in the directory of another entry."""
        self._touch_parent(entry_id)
        self.connection.execute(
            "UPDATE entries SET parent = ?, name = ? WHERE id = ?",
            (parent, stored_name(name), entry_id),
        )
        self._recent.drop_entry(entry_id)
        self.touched.add(Subject(entry_id))

    def agree_content(self, entry_id: int, content: Content | None) -> None:
        """Agree on a content."""
        self.connection.execute(
            "UPDATE entries SET sha1 = ?, size = ? WHERE id = ?", (*columns_of(content), entry_id)
        )
        self.connection.execute(
            "DELETE FROM sent WHERE local = (SELECT local FROM entries WHERE id = ?)", (entry_id,)
        )
        self._recent.drop_entry(entry_id)
        self.touched.add(Subject(entry_id))

    def revive(self, entry_id: int) -> None:
        """The missing node of an entry is to be made again."""
        self.connection.execute("UPDATE entries SET revived = 1 WHERE id = ?", (entry_id,))
        self._recent.drop_entry(entry_id)
        self.touched.add(Subject(entry_id))

    def part(self, entry_id: int) -> None:
        """The local node is something new from now on; the cloud's comes down again."""
        entry = self.entry(entry_id)
        assert entry is not None
        self._drop_entry(entry_id)
        self.connection.execute(
            "UPDATE entries SET local = NULL, revived = 1 WHERE id = ?", (entry_id,)
        )
        self.touched.add(Subject(entry_id))
        if entry.local is not None:
            self.touched.add(Subject(entry.local, Side.LOCAL))

    def forget(self, entry_id: int) -> None:
        """Nothing is left of an entry; none may name it as its parent."""
        self._touch_parent(entry_id)
        entry = self.entry(entry_id)
        if entry is not None:
            self._recent.count(entry.kind, -1)
        self._drop_entry(entry_id)
        self.connection.execute("DELETE FROM entries WHERE id = ?", (entry_id,))

    def rename_root(self, key: str) -> None:
        """The root of the cloud's side has another key: it is another volume of that name."""
        self.connection.execute("UPDATE remote_nodes SET key = ? WHERE parent IS NULL", (key,))
        self._recent.clear()

    def revive_lost(self, side: Side) -> None:
        """Whatever a side lost is to be made there again, unless a person has meant it."""
        column, other = COLUMNS[side], COLUMNS[side.other]
        lost = (
            f"{column} IS NULL AND {other} IS NOT NULL AND NOT revived"
            " AND NOT EXISTS (SELECT 1 FROM shown WHERE entry = entries.id AND meant)"
        )
        rows = self.connection.execute(f"SELECT id FROM entries WHERE {lost}")
        self.touched.update(Subject(row[0]) for row in rows)
        self.connection.execute(f"UPDATE entries SET revived = 1 WHERE {lost}")
        self._count_begun(side.other)
        self._recent.clear()

    def part_all(self) -> None:
        """Nothing is agreed any more but the roots: no side's loss is a deletion then.

        For a cloud that is another one, or an older state of it (REST contract, 9).
        """
        self.connection.execute("UPDATE remote_nodes SET generation = 0")
        self._part()

    def lose_folder(self) -> None:
        """Nothing is agreed any more, and nothing is known of the folder: it is another one.

        At once, for what is known of one folder must not be agreed for the other.
        """
        self.connection.execute("DELETE FROM local_nodes WHERE parent IS NOT NULL")
        self._part()

    def _part(self) -> None:
        self.epoch += 1
        root = self.root(Side.LOCAL).entry
        self.connection.execute("DELETE FROM entries WHERE id <> ?", (root,))
        self.connection.execute("DELETE FROM sent")
        for side in Side:
            self._count_begun(side)
        self._recent.clear()
        self.touched.update(self.differences())

    def _count_begun(self, side: Side) -> None:
        """What is about to be deleted is among what is lost no more: it counts as deleted.

        It may be, and be told later. No node has such an id.
        """
        query = "UPDATE OR REPLACE deletions SET node = -node WHERE side = ? AND node > 0"
        self.connection.execute(query, (side.value,))

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def set_free(self, remote_id: int) -> None:
        """Take a node of the cloud from its name, until it is placed."""
        self.connection.execute(
            "UPDATE remote_nodes SET name = ? WHERE id = ?", (b"\0%d" % remote_id, remote_id)
        )
        self._recent.drop_node(Side.REMOTE, remote_id)
        self._recent.forget_paths(Side.REMOTE)

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


def _raise_refusal(error: sqlite3.OperationalError) -> None:
    """Raises DiskError for what may be over later; any other error is a fault of ours."""
    if str(error) in _REFUSALS:
        text = f"what is known of the folder cannot be written down: {error}"
        raise DiskError(text, ()) from error
