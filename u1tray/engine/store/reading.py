"""Reads the three trees of a volume, all in one: what the planner and the scanner look at."""

from __future__ import annotations

from collections.abc import Iterator

from u1tray.engine.core.values import Side, Subject
from u1tray.engine.store.entries import EntryReader
from u1tray.engine.store.local_nodes import LocalNodeReader
from u1tray.engine.store.remote_nodes import RemoteNodeReader

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


class TreeReader(LocalNodeReader, RemoteNodeReader, EntryReader):
    """The trees of a volume for reading (core.values.Trees)."""

    @property
    def version(self) -> int:
        """As long as it is the same, so are the trees, and every decision about them."""
        return self.connection.total_changes

    def differences(self) -> Iterator[Subject]:
        """Every subject whose three observations are not the same: all that is to be planned."""
        for subject_id, side in self.connection.execute(_DIFFERENCES):
            yield Subject(subject_id, None if side is None else Side(side))
