"""Reads what was agreed: the entries, and the contents on their way to be agreed."""

from __future__ import annotations

from u1tray.engine.core.values import Content, Entry
from u1tray.engine.store.columns import KINDS, content_of, name_of
from u1tray.engine.store.connected import Connected

_ENTRY = "SELECT id, parent, name, kind, sha1, size, local, remote, revived FROM entries"


class EntryReader(Connected):
    """The entries of a volume."""

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

    def is_going(self, entry_id: int) -> bool:
        """Whether the cloud was asked to delete an entry's node, and has not told what is since."""
        return entry_id in self.going

    def has_entries_below(self, entry_id: int) -> bool:
        """Whether any entry names this one as its parent."""
        query = "SELECT 1 FROM entries WHERE parent = ? LIMIT 1"
        return self.connection.execute(query, (entry_id,)).fetchone() is not None

    def count_files(self) -> int:
        """How many files are agreed."""
        if self._recent.files is None:
            query = "SELECT count(*) FROM entries WHERE kind = 'file'"
            self._recent.files = int(self.connection.execute(query).fetchone()[0])
        return self._recent.files


def _entry(row: tuple) -> Entry:  # type: ignore[type-arg]
    number, parent, name, kind, sha1, size, local, remote, revived = row
    content = content_of(sha1, size)
    return Entry(number, parent, name_of(name), KINDS[kind], content, local, remote, bool(revived))
