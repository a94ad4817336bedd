"""Writes what was seen on either side: nodes that came, changed, moved or went."""

from __future__ import annotations

from u1tray.engine.core.values import Content, Kind, Node, Side, Subject
from u1tray.engine.ports import Stat
from u1tray.engine.store.changes import Changes
from u1tray.engine.store.columns import COLUMNS, KIND_TEXTS, TABLES, columns_of, stored_name

_ADD_LOCAL = (
    "INSERT INTO local_nodes (parent, name, kind, sha1, size,"
    " device, inode, bytes, mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD_REMOTE = (
    "INSERT INTO remote_nodes (parent, name, kind, sha1, size, key, generation, changed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Observations(Changes):
    """The nodes of both sides for writing. What is agreed about them stays as it is."""

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

    def set_free(self, remote_id: int) -> None:
        """Take a node of the cloud from its name, until it is placed."""
        self.connection.execute(
            "UPDATE remote_nodes SET name = ? WHERE id = ?", (b"\0%d" % remote_id, remote_id)
        )
        self._recent.drop_node(Side.REMOTE, remote_id)
        self._recent.forget_paths(Side.REMOTE)
