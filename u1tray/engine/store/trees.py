"""The three trees of one volume in SQLite: read by the planner, written by what observes and acts.

Every write belongs to a transaction of `changing`; whatever a write may have changed the plan
for is in `touched` afterwards. The trees are used by one thread.

Here is what concerns them as a whole: their beginning, and what happens to all of them when the
folder or the cloud is another one. The rest is in the modules it is made of.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from u1tray.engine.core.values import Entry, Side, Subject
from u1tray.engine.store.agreements import Agreements
from u1tray.engine.store.changes import raise_refusal
from u1tray.engine.store.columns import COLUMNS
from u1tray.engine.store.observations import Observations
from u1tray.engine.store.schema import prepare


class TreeStore(Observations, Agreements):
    """The trees of a volume. `open` makes them; then `plant` gives them their roots."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises sqlite3.DatabaseError for a file that is not such a store."""
        super().__init__(connection)
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
                raise_refusal(error)
            raise

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def shed(self) -> None:
        """Keep little in mind: there was much to do, and is not any more."""
        self._recent.shed()

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
        self.going.clear()
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
