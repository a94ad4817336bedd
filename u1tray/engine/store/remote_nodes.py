"""Reads how the cloud was seen: keys, generations, contents, and how far it told."""

from __future__ import annotations

from u1tray.engine.core.values import Content
from u1tray.engine.store.columns import columns_of
from u1tray.engine.store.facts import Facts
from u1tray.engine.store.schema import LARGE_BYTES


class RemoteNodeReader(Facts):
    """What is known of the nodes of the cloud alone."""

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

    def changed_at(self, remote_id: int) -> float | None:
        """When the cloud says that a node changed, in Unix seconds."""
        query = "SELECT changed_at FROM remote_nodes WHERE id = ?"
        row = self.connection.execute(query, (remote_id,)).fetchone()
        return None if row is None else row[0]

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
