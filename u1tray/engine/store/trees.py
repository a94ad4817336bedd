"""The three trees of one volume in SQLite: read by the planner, written by what observes and acts.

Every write belongs to a transaction of `changing`; whatever a write may have changed the plan
for is in `touched` afterwards. The trees are used by one thread.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from u1tray.engine.core.values import Content, Entry, Kind, Node, Side, Subject
from u1tray.engine.store.schema import prepare

_TABLES = {Side.LOCAL: "local_nodes", Side.REMOTE: "remote_nodes"}
_COLUMNS = {Side.LOCAL: "local", Side.REMOTE: "remote"}


def _select(side: Side) -> str:
    return (
        "SELECT n.id, n.parent, n.name, n.kind, n.sha1, n.size, e.id"
        f" FROM {_TABLES[side]} n LEFT JOIN entries e ON e.{_COLUMNS[side]} = n.id"
    )


_SELECT = {side: _select(side) for side in Side}
_ENTRY = "SELECT id, parent, name, kind, sha1, size, local, remote, revived FROM entries"

_DIFFERENCES = """
SELECT e.id, NULL FROM entries e
    LEFT JOIN local_nodes l ON l.id = e.local
    LEFT JOIN remote_nodes r ON r.id = e.remote
    LEFT JOIN entries lp ON lp.local = l.parent
    LEFT JOIN entries rp ON rp.remote = r.parent
    WHERE e.parent IS NOT NULL AND (
        l.id IS NULL OR r.id IS NULL OR l.name <> e.name OR r.name <> e.name
        OR lp.id IS NOT e.parent OR rp.id IS NOT e.parent
        OR l.sha1 IS NOT e.sha1 OR r.sha1 IS NOT e.sha1
        OR l.size IS NOT e.size OR r.size IS NOT e.size)
UNION ALL SELECT n.id, 'remote' FROM remote_nodes n
    WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.remote = n.id)
UNION ALL SELECT n.id, 'local' FROM local_nodes n
    WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.local = n.id)
"""


class TreeStore:
    """The trees of a volume. `open` makes them; then `plant` gives them their roots."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises sqlite3.DatabaseError for a file that is not such a store."""
        self.connection = connection
        self.touched: set[Subject] = set()
        prepare(connection)

    @classmethod
    def open(cls, path: Path | str) -> TreeStore:
        """The trees in a file, or in memory (`:memory:`)."""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return cls(connection)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction: all of what is written in it, or nothing."""
        touched = set(self.touched)
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            self.touched = touched
            raise

    # What the planner reads (core.values.Trees)

    def node(self, side: Side, node_id: int | None) -> Node | None:
        """The node of an id."""
        if node_id is None:
            return None
        return self._one(side, "WHERE n.id = ?", node_id)

    def child(self, side: Side, parent: int, name: str) -> Node | None:
        """The node of a name in a directory."""
        return self._one(side, "WHERE n.parent = ? AND n.name = ?", parent, _stored(name))

    def children(self, side: Side, parent: int) -> Iterator[Node]:
        """The nodes in a directory, by id."""
        found = self.connection.execute(
            f"{_SELECT[side]} WHERE n.parent = ? ORDER BY n.id", (parent,)
        )
        return (_node(side, row) for row in found)

    def root(self, side: Side) -> Node:
        """The root of a side."""
        found = self._one(side, "WHERE n.parent IS NULL")
        assert found is not None
        return found

    def entry(self, entry_id: int) -> Entry | None:
        """The entry of an id."""
        row = self.connection.execute(f"{_ENTRY} WHERE id = ?", (entry_id,)).fetchone()
        return None if row is None else _entry(row)

    def has_entries_below(self, entry_id: int) -> bool:
        """Whether any entry names this one as its parent."""
        query = "SELECT 1 FROM entries WHERE parent = ? LIMIT 1"
        return self.connection.execute(query, (entry_id,)).fetchone() is not None

    def differences(self) -> Iterator[Subject]:
        """Every subject whose three observations are not the same: all that is to be planned."""
        for subject_id, side in self.connection.execute(_DIFFERENCES):
            yield Subject(subject_id, None if side is None else Side(side))

    def remote_id(self, key: str | None) -> int | None:
        """The id of the cloud's node of a key."""
        row = self.connection.execute(
            "SELECT id FROM remote_nodes WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else int(row[0])

    def key(self, remote_id: int) -> str:
        """The key of a node of the cloud. Raises KeyError."""
        query = "SELECT key FROM remote_nodes WHERE id = ?"
        row = self.connection.execute(query, (remote_id,)).fetchone()
        if row is None:
            raise KeyError(remote_id)
        return str(row[0])

    def names(self, side: Side, node_id: int) -> tuple[str, ...]:
        """The path of a node below its root. Raises KeyError where there is none."""
        found: list[str] = []
        node = self.node(side, node_id)
        while node is not None and node.parent is not None:
            found.append(node.name)
            node = self.node(side, node.parent)
        if node is None:
            raise KeyError(node_id)
        return tuple(reversed(found))

    def fact(self, name: str) -> str | None:
        """Something noted about the volume, such as its `generation`."""
        query = "SELECT value FROM facts WHERE name = ?"
        row = self.connection.execute(query, (name,)).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Note something about the volume."""
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    # Observations

    def plant(self, key: str) -> Entry:
        """Give empty trees their roots, which are agreed; `key` is that of the cloud's."""
        run = self.connection.execute
        local = run("INSERT INTO local_nodes (name, kind) VALUES (x'', 'directory')").lastrowid
        remote = run(
            "INSERT INTO remote_nodes (name, kind, key) VALUES (x'', 'directory', ?)", (key,)
        ).lastrowid
        assert local is not None
        assert remote is not None
        return self.link(local, remote)

    def add(
        self,
        side: Side,
        parent: int,
        name: str,
        kind: Kind,
        content: Content | None = None,
        *,
        key: str | None = None,
    ) -> Node:
        """A node that was not seen before. `key` is needed for one of the cloud.

        Raises sqlite3.IntegrityError where a node of that name is there already.
        """
        values = [parent, _stored(name), kind.value, *_columns(content)]
        extra = ""
        if side is Side.REMOTE:
            extra = ", key"
            values.append(key)
        marks = ", ".join("?" * len(values))
        done = self.connection.execute(
            f"INSERT INTO {_TABLES[side]} (parent, name, kind, sha1, size{extra}) VALUES ({marks})",
            values,
        )
        assert done.lastrowid is not None
        found = self.node(side, done.lastrowid)
        assert found is not None
        self._touch(found)
        return found

    def place(self, side: Side, node_id: int, parent: int, name: str) -> None:
        """A node was seen elsewhere."""
        self.connection.execute(
            f"UPDATE {_TABLES[side]} SET parent = ?, name = ? WHERE id = ?",
            (parent, _stored(name), node_id),
        )
        self._touch_id(side, node_id)

    def fill(self, side: Side, node_id: int, content: Content | None) -> None:
        """A file was seen with a content."""
        self.connection.execute(
            f"UPDATE {_TABLES[side]} SET sha1 = ?, size = ? WHERE id = ?",
            (*_columns(content), node_id),
        )
        self._touch_id(side, node_id)

    def remove(self, side: Side, node_id: int) -> None:
        """A node was seen to be gone, with everything below it."""
        tree = (
            f"WITH RECURSIVE tree(id) AS (SELECT ? UNION ALL SELECT n.id FROM {_TABLES[side]} n"
            " JOIN tree ON n.parent = tree.id) "
        )
        entries = self.connection.execute(
            f"{tree} SELECT e.id FROM entries e JOIN tree ON e.{_COLUMNS[side]} = tree.id",
            (node_id,),
        )
        self.touched.update(Subject(row[0]) for row in entries)
        self.connection.execute(
            f"{tree} DELETE FROM {_TABLES[side]} WHERE id IN (SELECT id FROM tree)", (node_id,)
        )

    # Agreements

    def link(self, local_id: int, remote_id: int) -> Entry:
        """Agree that two nodes are the same, and on where they stand and what they hold."""
        local, remote = self.node(Side.LOCAL, local_id), self.node(Side.REMOTE, remote_id)
        assert local is not None
        assert remote is not None
        number = local.entry if local.entry is not None else remote.entry
        parent = self.node(Side.LOCAL, local.parent)
        values = (
            None if parent is None else parent.entry,
            _stored(local.name),
            local.kind.value,
            *_columns(local.content),
            local_id,
            remote_id,
        )
        if local.entry is not None and remote.entry not in (None, local.entry):
            # Both were something once: the cloud's entry ends, what was below it goes with it.
            assert remote.entry is not None
            self.connection.execute(
                "UPDATE entries SET parent = ? WHERE parent = ?", (local.entry, remote.entry)
            )
            self.connection.execute("DELETE FROM entries WHERE id = ?", (remote.entry,))
        if number is None:
            done = self.connection.execute(
                "INSERT INTO entries (parent, name, kind, sha1, size, local, remote)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            number = done.lastrowid
        else:
            self.connection.execute(
                "UPDATE entries SET parent = ?, name = ?, kind = ?, sha1 = ?, size = ?,"
                " local = ?, remote = ?, revived = 0 WHERE id = ?",
                (*values, number),
            )
        assert number is not None
        self.touched.add(Subject(number))
        found = self.entry(number)
        assert found is not None
        return found

    def agree_place(self, side: Side, entry_id: int) -> None:
        """Agree on the place of one side's node, whose directory is agreed."""
        entry = self.entry(entry_id)
        assert entry is not None
        node = self.node(side, entry.node(side))
        parent = None if node is None else self.node(side, node.parent)
        assert node is not None
        assert parent is not None
        self.connection.execute(
            "UPDATE entries SET parent = ?, name = ? WHERE id = ?",
            (parent.entry, _stored(node.name), entry_id),
        )
        self.touched.add(Subject(entry_id))

    def agree_content(self, entry_id: int, content: Content | None) -> None:
        """Agree on a content."""
        self.connection.execute(
            "UPDATE entries SET sha1 = ?, size = ? WHERE id = ?", (*_columns(content), entry_id)
        )
        self.touched.add(Subject(entry_id))

    def revive(self, entry_id: int) -> None:
        """The missing node of an entry is to be made again."""
        self.connection.execute("UPDATE entries SET revived = 1 WHERE id = ?", (entry_id,))
        self.touched.add(Subject(entry_id))

    def part(self, entry_id: int) -> None:
        """The local node is something new from now on; the cloud's comes down again."""
        entry = self.entry(entry_id)
        assert entry is not None
        self.connection.execute(
            "UPDATE entries SET local = NULL, revived = 1 WHERE id = ?", (entry_id,)
        )
        self.touched.add(Subject(entry_id))
        if entry.local is not None:
            self.touched.add(Subject(entry.local, Side.LOCAL))

    def forget(self, entry_id: int) -> None:
        """Nothing is left of an entry; none may name it as its parent."""
        entry = self.entry(entry_id)
        self.connection.execute("DELETE FROM entries WHERE id = ?", (entry_id,))
        if entry is not None and entry.parent is not None:
            self.touched.add(Subject(entry.parent))

    def part_all(self) -> None:
        """Nothing is agreed any more but the roots: no side's loss is a deletion then.

        For a cloud that is another one, or an older state of it (REST contract, 9).
        """
        self.connection.execute("UPDATE entries SET parent = NULL")
        root = self.root(Side.LOCAL).entry
        self.connection.execute("DELETE FROM entries WHERE id <> ?", (root,))
        self.touched.update(self.differences())

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def _one(self, side: Side, where: str, *values: object) -> Node | None:
        row = self.connection.execute(f"{_SELECT[side]} {where}", values).fetchone()
        return None if row is None else _node(side, row)

    def _touch_id(self, side: Side, node_id: int) -> None:
        node = self.node(side, node_id)
        if node is not None:
            self._touch(node)

    def _touch(self, node: Node) -> None:
        self.touched.add(_subject(node))


def _subject(node: Node) -> Subject:
    return Subject(node.id, node.side) if node.entry is None else Subject(node.entry)


def _columns(content: Content | None) -> tuple[bytes | None, int | None]:
    return (None, None) if content is None else (content.sha1, content.size)


def _content(sha1: bytes | None, size: int | None) -> Content | None:
    return None if sha1 is None or size is None else Content(sha1, size)


def _stored(name: str) -> bytes:
    """A name as bytes: those of a local one need not be UTF-8, and SQLite's text must be."""
    return name.encode("utf-8", "surrogateescape")


def _node(side: Side, row: tuple) -> Node:  # type: ignore[type-arg]
    number, parent, name, kind, sha1, size, entry = row
    decoded = name.decode("utf-8", "surrogateescape")
    return Node(side, number, parent, decoded, Kind(kind), _content(sha1, size), entry)


def _entry(row: tuple) -> Entry:  # type: ignore[type-arg]
    number, parent, name, kind, sha1, size, local, remote, revived = row
    content = _content(sha1, size)
    decoded = name.decode("utf-8", "surrogateescape")
    return Entry(number, parent, decoded, Kind(kind), content, local, remote, bool(revived))
