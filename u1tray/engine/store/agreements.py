"""Writes what both sides agreed on: entries, with their places, contents and nodes."""

from __future__ import annotations

from u1tray.engine.core.values import Content, Entry, Node, Side, Subject, subject_of
from u1tray.engine.store.changes import Changes
from u1tray.engine.store.columns import COLUMNS, KIND_TEXTS, columns_of, stored_name


class Agreements(Changes):
    """The entries of a volume for writing. What is seen on either side stays as it is."""

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
            self.going.forget(number)
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

    def adopt(self, entry_id: int, side: Side, node_id: int) -> None:
        """A node is what a side lost, made anew."""
        self._drop_entry(entry_id)
        self._recent.drop_node(side, node_id)
        # Losing it once more is another loss.
        self.connection.execute("DELETE FROM shown WHERE entry = ?", (entry_id,))
        self.connection.execute(
            f"UPDATE entries SET {COLUMNS[side]} = ? WHERE id = ?", (node_id, entry_id)
        )
        self.touched.update((Subject(entry_id), Subject(node_id, side)))

    def agree_place(self, entry_id: int, parent: int, name: str) -> None:
        """Agree on a place in the directory of another entry."""
        self._touch_parent(entry_id)
        self.connection.execute(
            "UPDATE entries SET parent = ?, name = ? WHERE id = ?",
            (parent, stored_name(name), entry_id),
        )
        self._recent.drop_entry(entry_id)
        self.touched.add(Subject(entry_id))

    def send(self, local_id: int, content: Content) -> None:
        """A content is about to go from a local file to the cloud; kept until it is agreed."""
        self.connection.execute(
            "INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", (local_id, *columns_of(content))
        )

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
        self.going.forget(entry_id)
        if entry is not None:
            self._recent.count(entry.kind, -1)
        self._drop_entry(entry_id)
        self.connection.execute("DELETE FROM entries WHERE id = ?", (entry_id,))
