"""Reads the three trees of a volume: what the planner and the scanner look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from u1tray.engine.core.values import Content, Entry, Kind, Node, Side, Subject
from u1tray.engine.ports import Stat
from u1tray.engine.store.recent import Recent
from u1tray.engine.store.schema import CONFLICTING, LARGE_BYTES

TABLES = {Side.LOCAL: "local_nodes", Side.REMOTE: "remote_nodes"}
COLUMNS = {Side.LOCAL: "local", Side.REMOTE: "remote"}


def _select(side: Side) -> str:
    return (
        "SELECT n.id, n.parent, n.name, n.kind, n.sha1, n.size, e.id"
        f" FROM {TABLES[side]} n LEFT JOIN entries e ON e.{COLUMNS[side]} = n.id"
    )


_SELECT = {side: _select(side) for side in Side}
_ENTRY = "SELECT id, parent, name, kind, sha1, size, local, remote, revived FROM entries"

_KINDS = {kind.value: kind for kind in Kind}
KIND_TEXTS = {kind: text for text, kind in _KINDS.items()}
_SEEN_IN = (
    "SELECT name, id, kind, ifnull(device, 0), ifnull(inode, 0), ifnull(bytes, 0),"
    " ifnull(mtime_ns, 0), ifnull(ctime_ns, 0) FROM local_nodes WHERE parent = ?"
)
_INODES_AT_ONCE = 64
_OF_INODES = f"SELECT inode FROM local_nodes WHERE inode IN ({', '.join('?' * _INODES_AT_ONCE)})"
_IS_UNREAD = "kind = 'file' AND sha1 IS NULL AND inode IS NOT NULL"
_UNREAD = f"SELECT id FROM local_nodes WHERE parent = ? AND name = ? AND {_IS_UNREAD}"
_TO_READ = (
    "SELECT parent, name, device, inode, bytes, mtime_ns, ctime_ns FROM local_nodes"
    f" WHERE id = ? AND {_IS_UNREAD}"
)

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


class TreeReader:
    """The trees of a volume for reading (core.values.Trees)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """A connection whose tables are there."""
        self.connection = connection
        self._recent = Recent()
        self._roots: dict[Side, int] = {}

    @property
    def version(self) -> int:
        """As long as it is the same, so are the trees, and every decision about them."""
        return self.connection.total_changes

    def node(self, side: Side, node_id: int | None) -> Node | None:
        """The node of an id."""
        if node_id is None:
            return None
        return self._recent.nodes[side].get(node_id) or self._one(side, "WHERE n.id = ?", node_id)

    def child(self, side: Side, parent: int, name: str) -> Node | None:
        """The node of a name in a directory."""
        return self._one(side, "WHERE n.parent = ? AND n.name = ?", parent, stored_name(name))

    def find(self, side: Side, names: Iterable[str]) -> Node | None:
        """The node of a path below the root."""
        node: Node | None = self.root(side)
        for name in names:
            node = None if node is None else self.child(side, node.id, name)
        return node

    def children(self, side: Side, parent: int) -> Iterator[Node]:
        """The nodes in a directory, by id."""
        found = self.connection.execute(
            f"{_SELECT[side]} WHERE n.parent = ? ORDER BY n.id", (parent,)
        )
        return (_node(side, row) for row in found)

    def root(self, side: Side) -> Node:
        """The root of a side, which is always the same node."""
        found = self.node(side, self._roots.get(side))
        if found is None:
            found = self._one(side, "WHERE n.parent IS NULL")
            assert found is not None
            self._roots[side] = found.id
        return found

    @property
    def is_planted(self) -> bool:
        """Whether there are roots."""
        return self._one(Side.LOCAL, "WHERE n.parent IS NULL") is not None

    def entry(self, entry_id: int) -> Entry | None:
        """The entry of an id."""
        known = self._recent.entry(entry_id)
        if known is None:
            row = self.connection.execute(f"{_ENTRY} WHERE id = ?", (entry_id,)).fetchone()
            if row is None:
                return None
            known = _entry(row)
            self._recent.keep_entry(known)
        return known

    def was_sent(self, local_id: int, content: Content) -> bool:
        """Whether a content was on its way from a local file to the cloud."""
        query = "SELECT 1 FROM sent WHERE local = ? AND sha1 = ? AND size = ?"
        values = (local_id, content.sha1, content.size)
        return self.connection.execute(query, values).fetchone() is not None

    def has_entries_below(self, entry_id: int) -> bool:
        """Whether any entry names this one as its parent."""
        query = "SELECT 1 FROM entries WHERE parent = ? LIMIT 1"
        return self.connection.execute(query, (entry_id,)).fetchone() is not None

    def differences(self) -> Iterator[Subject]:
        """Every subject whose three observations are not the same: all that is to be planned."""
        for subject_id, side in self.connection.execute(_DIFFERENCES):
            yield Subject(subject_id, None if side is None else Side(side))

    def count_files(self) -> int:
        """How many files are agreed."""
        if self._recent.files is None:
            query = "SELECT count(*) FROM entries WHERE kind = 'file'"
            self._recent.files = int(self.connection.execute(query).fetchone()[0])
        return self._recent.files

    def remote_id(self, key: str | None) -> int | None:
        """The id of the cloud's node of a key."""
        row = self.connection.execute(
            "SELECT id FROM remote_nodes WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else int(row[0])

    def holds(self, content: Content) -> bool:
        """Whether some file of the cloud has a content."""
        query = "SELECT 1 FROM remote_nodes WHERE sha1 = ? AND size = ?"
        if content.size > LARGE_BYTES:
            query += f" AND size > {LARGE_BYTES}"  # so the index is of use
        return self.connection.execute(query, columns_of(content)).fetchone() is not None

    def key(self, remote_id: int) -> str:
        """The key of a node of the cloud. Raises KeyError."""
        known = self._recent.key(remote_id)
        if known is None:
            query = "SELECT key FROM remote_nodes WHERE id = ?"
            row = self.connection.execute(query, (remote_id,)).fetchone()
            if row is None:
                raise KeyError(remote_id)
            known = str(row[0])
            self._recent.keep_key(remote_id, known)
        return known

    def names(self, side: Side, node_id: int) -> tuple[str, ...]:
        """The path of a node below its root. Raises KeyError where there is none."""
        node = self.node(side, node_id)
        if node is None:
            raise KeyError(node_id)
        if node.parent is None:
            return ()
        above = self._recent.path(side, node.parent)
        if above is None:
            passed = [self.node(side, one) for one in self.chain(side, node.parent)]
            above = tuple(one.name for one in reversed(passed[:-1]) if one is not None)
            self._recent.keep_path(side, node.parent, above)
        return (*above, node.name)

    def chain(self, side: Side, directory: int) -> tuple[int, ...]:
        """The ids of a directory and of all above it; none where it is gone."""
        found: list[int] = []
        node = self.node(side, directory)
        while node is not None:
            known = self._recent.chain(side, node.id)
            if known is not None:
                found += known
                break
            found.append(node.id)
            node = self.node(side, node.parent)
        chain = tuple(found)
        if chain:
            self._recent.keep_chain(side, directory, chain)
        return chain

    def conflicting_names(self) -> list[tuple[str, ...]]:
        """The paths of local nodes whose name may be that of a conflict's copy, sorted."""
        rows = self.connection.execute(f"SELECT id FROM local_nodes WHERE {CONFLICTING}")
        return sorted(self.names(Side.LOCAL, row[0]) for row in rows.fetchall())

    def is_within(self, node: Node | None, ancestor: Node) -> bool:
        """Whether a node is another one of its side, or lies anywhere below it."""
        while node is not None:
            if node.id == ancestor.id:
                return True
            node = self.node(node.side, node.parent)
        return False

    def generation_of(self, remote_id: int) -> int:
        """The generation that a node of the cloud was seen with; 0 without one."""
        query = "SELECT generation FROM remote_nodes WHERE id = ?"
        row = self.connection.execute(query, (remote_id,)).fetchone()
        return 0 if row is None else int(row[0])

    @property
    def generation(self) -> int:
        """All up to this generation of the cloud was told; 0 where nothing was."""
        return int(self.fact("generation") or 0)

    @property
    def is_told(self) -> bool:
        """Whether all that is in the cloud was ever told."""
        return self.fact("generation") is not None

    @property
    def last_generation(self) -> int:
        """The highest generation that the cloud told or answered."""
        query = "SELECT max(generation) FROM remote_nodes"
        return max(self.generation, int(self.connection.execute(query).fetchone()[0]))

    def fact(self, name: str) -> str | None:
        """Something noted about the volume, such as its `generation`."""
        facts = self._recent.facts
        if name not in facts:
            query = "SELECT value FROM facts WHERE name = ?"
            row = self.connection.execute(query, (name,)).fetchone()
            facts[name] = None if row is None else str(row[0])
        return facts[name]

    def note(self, name: str, value: str) -> None:
        """Note something about the volume."""
        self._recent.facts.pop(name, None)
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def forget_note(self, name: str) -> None:
        """Forget something that was noted."""
        self._recent.facts.pop(name, None)
        self.connection.execute("DELETE FROM facts WHERE name = ?", (name,))

    def changed_at(self, remote_id: int) -> float | None:
        """When the cloud says that a node changed, in Unix seconds."""
        query = "SELECT changed_at FROM remote_nodes WHERE id = ?"
        row = self.connection.execute(query, (remote_id,)).fetchone()
        return None if row is None else row[0]

    def stat(self, local_id: int) -> Stat | None:
        """How a local node was seen last."""
        row = self.connection.execute(
            "SELECT kind, device, inode, bytes, mtime_ns, ctime_ns FROM local_nodes"
            " WHERE id = ? AND inode IS NOT NULL",
            (local_id,),
        ).fetchone()
        return None if row is None else Stat(_KINDS[row[0]], *row[1:])

    def has_children(self, directory: int, number: int) -> bool:
        """Whether a local directory was seen with so many nodes in it, or more."""
        query = "SELECT 1 FROM local_nodes WHERE parent = ? LIMIT 1 OFFSET ?"
        return self.connection.execute(query, (directory, number - 1)).fetchone() is not None

    def seen_in(
        self, directory: int, some: Iterable[str] | None = None
    ) -> dict[str, tuple[int, Stat]]:
        """What was seen in a local directory (only `some` names): the ids and stats, by name."""
        run = self.connection.execute
        if some is None:
            rows: Iterable[Any] = run(_SEEN_IN, (directory,))
        else:
            found = (run(f"{_SEEN_IN} AND name = ?", (directory, stored_name(n))) for n in some)
            rows = (row for cursor in found for row in cursor)
        return {
            name.decode("utf-8", "surrogateescape"): (
                number,
                Stat(_KINDS[kind], device, inode, size, mtime_ns, ctime_ns),
            )
            for name, number, kind, device, inode, size, mtime_ns, ctime_ns in rows
        }

    def of_inode(self, device: int, inode: int) -> list[Node]:
        """The local nodes that were seen with an inode; more than one if hard links are."""
        rows = self.connection.execute(
            f"{_SELECT[Side.LOCAL]} WHERE n.inode = ? AND n.device = ?", (inode, device)
        )
        return [_node(Side.LOCAL, row) for row in rows]

    def known_inodes(self, inodes: Sequence[int]) -> set[int]:
        """Which of these inodes any local node was seen with."""
        found: set[int] = set()
        for first in range(0, len(inodes), _INODES_AT_ONCE):
            some = inodes[first : first + _INODES_AT_ONCE]
            padded = (*some, *(None,) * (_INODES_AT_ONCE - len(some)))
            found.update(row[0] for row in self.connection.execute(_OF_INODES, padded))
        return found

    def to_read(self, local_id: int) -> tuple[tuple[str, ...], Stat] | None:
        """The path and stat of a local file whose content is not known."""
        row = self.connection.execute(_TO_READ, (local_id,)).fetchone()
        if row is None:
            return None
        parent, name, *seen = row
        return (*self.names(Side.LOCAL, parent), _name(name)), Stat(Kind.FILE, *seen)

    def unread(self, directory: int, name: str) -> int | None:
        """The id of a local file of a name whose content is not known."""
        row = self.connection.execute(_UNREAD, (directory, stored_name(name))).fetchone()
        return None if row is None else int(row[0])

    def _one(self, side: Side, where: str, *values: object) -> Node | None:
        row = self.connection.execute(f"{_SELECT[side]} {where}", values).fetchone()
        if row is None:
            return None
        node = _node(side, row)
        self._recent.keep_node(node)
        return node


def stored_name(name: str) -> bytes:
    """A name as bytes: those of a local one need not be UTF-8, and SQLite's text must be."""
    return name.encode("utf-8", "surrogateescape")


def columns_of(content: Content | None) -> tuple[bytes | None, int | None]:
    """A content's two columns."""
    return (None, None) if content is None else (content.sha1, content.size)


def _name(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _content(sha1: bytes | None, size: int | None) -> Content | None:
    return None if sha1 is None or size is None else Content(sha1, size)


def _node(side: Side, row: tuple) -> Node:  # type: ignore[type-arg]
    number, parent, name, kind, sha1, size, entry = row
    return Node(side, number, parent, _name(name), _KINDS[kind], _content(sha1, size), entry)


def _entry(row: tuple) -> Entry:  # type: ignore[type-arg]
    number, parent, name, kind, sha1, size, local, remote, revived = row
    content = _content(sha1, size)
    return Entry(number, parent, _name(name), _KINDS[kind], content, local, remote, bool(revived))
