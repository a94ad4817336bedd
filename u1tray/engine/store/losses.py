"""What each side of a volume lost: how much of it waits, and what a person has seen and meant.

Beside it, what was deleted on a side a moment ago because the other had lost it. Writes belong to
a transaction of `TreeStore.changing`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from u1tray.engine.core.values import Side
from u1tray.engine.store.columns import COLUMNS, TABLES

_LOST = {
    side: f"e.{COLUMNS[side]} IS NULL AND e.{COLUMNS[side.other]} IS NOT NULL AND NOT e.revived"
    for side in Side
}
_MARKED = "FROM entries e LEFT JOIN shown s ON s.entry = e.id"
# Of what was begun, only what is gone by now; the rest is among what is lost.
_GONE = {
    side: "SELECT ifnull(sum(d.files), 0) FROM deletions d WHERE d.side = ?"
    " AND d.at >= ?"
    f" AND NOT EXISTS (SELECT 1 FROM {TABLES[side]} n WHERE n.id = d.node)"
    for side in Side
}


@dataclass(frozen=True, slots=True)
class Pending:
    """How many agreed files a side lost that the other still has; `meant` by a person or not.

    And how many the other lost as well, which are agreed until that is noted.
    """

    undecided: int
    meant: int
    gone: int = 0


class Losses:
    """The losses of one volume, in the file of its trees."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """A connection whose tables are there."""
        self._run = connection.execute

    def pending(self, lost_in: Side) -> Pending:
        """What a side lost."""
        other = COLUMNS[lost_in.other]
        counts = self._run(
            f"SELECT e.{other} IS NULL, ifnull(s.meant, 0), count(*) {_MARKED} WHERE"
            f" e.kind = 'file' AND e.{COLUMNS[lost_in]} IS NULL"
            f" AND NOT (e.revived AND e.{other} IS NOT NULL) GROUP BY 1, 2"
        )
        found = {(is_gone, is_meant): number for is_gone, is_meant, number in counts}
        gone = sum(number for (is_gone, _), number in found.items() if is_gone)
        return Pending(found.get((0, 0), 0), found.get((0, 1), 0), gone)

    # What a person sees and says

    def show(self, lost_in: Side, number: int) -> bool:
        """A person sees all that a side lost: what nobody saw before gets a number.

        Whether there was any.
        """
        query = (
            "INSERT INTO shown (entry, number)"
            f" SELECT e.id, ? {_MARKED} WHERE s.entry IS NULL AND {_LOST[lost_in]}"
        )
        return self._run(query, (number,)).rowcount > 0

    def last_shown(self, lost_in: Side) -> int:
        """The last number of what a side lost and nobody has meant; 0 where nobody saw any."""
        query = f"SELECT max(s.number) {_MARKED} WHERE NOT s.meant AND {_LOST[lost_in]}"
        return int(self._run(query).fetchone()[0] or 0)

    def mean(self, lost_in: Side, number: int) -> bool:
        """What was seen up to a number is meant; whether there was any."""
        query = (
            "UPDATE shown SET meant = 1 WHERE NOT meant AND number <= ?"
            f" AND EXISTS (SELECT 1 FROM entries e WHERE e.id = shown.entry AND {_LOST[lost_in]})"
        )
        return self._run(query, (number,)).rowcount > 0

    def is_meant(self, entry_id: int) -> bool:
        """Whether a person has meant the loss of an entry."""
        query = "SELECT 1 FROM shown WHERE entry = ? AND meant"
        return self._run(query, (entry_id,)).fetchone() is not None

    # What was deleted a moment ago

    def note(self, side: Side, node_id: int, files: int, *, at: float, kept_seconds: float) -> None:
        """So many files are about to be deleted with a node of a side, at a Unix time.

        What was noted at a later one, for the clock was set back, was so at this one at the latest.
        """
        self._run(
            "DELETE FROM deletions WHERE side = ? AND at < ?", (side.value, at - kept_seconds)
        )
        self._run("UPDATE deletions SET at = ? WHERE side = ? AND at > ?", (at, side.value, at))
        self._run(
            "INSERT OR REPLACE INTO deletions VALUES (?, ?, ?, ?)",
            (side.value, node_id, files, at),
        )

    def deleted(self, side: Side, since: float) -> int:
        """How many files were deleted on a side since a Unix time."""
        return int(self._run(_GONE[side], (side.value, since)).fetchone()[0])

    def forget_deleted(self, side: Side) -> None:
        """Count anew from now on."""
        self._run("DELETE FROM deletions WHERE side = ?", (side.value,))
