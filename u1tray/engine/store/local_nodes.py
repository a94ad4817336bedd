"""Reads how the folder was seen: stats, inodes, and what of it was not read yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from u1tray.engine.core.values import Kind, Node, Side
from u1tray.engine.ports import Stat
from u1tray.engine.store.columns import KINDS, name_of, stored_name
from u1tray.engine.store.nodes import SELECT_NODES, NodeReader, node_of
from u1tray.engine.store.schema import CONFLICTING

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


class LocalNodeReader(NodeReader):
    """What is known of the nodes of the folder alone."""

    def stat(self, local_id: int) -> Stat | None:
        """How a local node was seen last."""
        row = self.connection.execute(
            "SELECT kind, device, inode, bytes, mtime_ns, ctime_ns FROM local_nodes"
            " WHERE id = ? AND inode IS NOT NULL",
            (local_id,),
        ).fetchone()
        return None if row is None else Stat(KINDS[row[0]], *row[1:])

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
                Stat(KINDS[kind], device, inode, size, mtime_ns, ctime_ns),
            )
            for name, number, kind, device, inode, size, mtime_ns, ctime_ns in rows
        }

    def of_inode(self, device: int, inode: int) -> list[Node]:
        """The local nodes that were seen with an inode; more than one if hard links are."""
        rows = self.connection.execute(
            f"{SELECT_NODES[Side.LOCAL]} WHERE n.inode = ? AND n.device = ?", (inode, device)
        )
        return [node_of(Side.LOCAL, row) for row in rows]

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
        return (*self.names(Side.LOCAL, parent), name_of(name)), Stat(Kind.FILE, *seen)

    def unread(self, directory: int, name: str) -> int | None:
        """The id of a local file of a name whose content is not known."""
        row = self.connection.execute(_UNREAD, (directory, stored_name(name))).fetchone()
        return None if row is None else int(row[0])

    def conflicting_names(self) -> list[tuple[str, ...]]:
        """The paths of local nodes whose name may be that of a conflict's copy, sorted."""
        rows = self.connection.execute(f"SELECT id FROM local_nodes WHERE {CONFLICTING}")
        return sorted(self.names(Side.LOCAL, row[0]) for row in rows.fetchall())
