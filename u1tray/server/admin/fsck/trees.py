"""Finds and mends damage in rows: volumes, trees, generations, links, `used`.

Each kind of damage has a query (`queries`) and a way to mend one found thing (`tree_mends`).
Mending asks the query again inside its transaction, so it may run beside a server.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from u1tray.server.admin.fsck.damage import Damage
from u1tray.server.admin.fsck.edits import Edits
from u1tray.server.admin.fsck.queries import QUERIES, unreachable
from u1tray.server.admin.fsck.tree_mends import MENDS, Rescue
from u1tray.server.storage.metadata.database import Database

MENDED_AT_ONCE = 200  # things in one transaction, so that the server gets its turn
_ROWS_AT_ONCE = 1000


def find(connection: Connection, damage: Damage) -> Iterator[int]:
    """The subjects of one kind of damage, in a snapshot."""
    if damage is Damage.CYCLE:
        return iter(_cycles(connection))
    query = QUERIES[damage]
    found = connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
    return (int(number) for number in found.scalars())


def mend(database: Database, damage: Damage, now: float, rescue: Rescue) -> int:
    """Mend all of one kind; how many things were mended. Raises RefusedError."""
    work = MENDS[damage]
    total = 0
    last: list[int] = []
    while True:
        with database.writing() as connection:
            found = _some(connection, damage)
            if not found or found == last:  # done, or it cannot be mended
                return total
            edits = Edits(connection, now)
            for subject in found:
                work(edits, subject, rescue)
            edits.finish()
        total += len(found)
        last = found


def _some(connection: Connection, damage: Damage) -> list[int]:
    if damage is Damage.CYCLE:
        return _cycles(connection)[:MENDED_AT_ONCE]
    return list(connection.execute(QUERIES[damage].limit(MENDED_AT_ONCE)).scalars())


def _cycles(connection: Connection) -> list[int]:
    """One node, the first made, of each circle of directories."""
    parents = {row.id: row.parent_id for row in connection.execute(unreachable())}
    found: list[int] = []
    seen: set[int] = set()
    for start in sorted(parents):
        way: dict[int, None] = {}  # in order
        current: int | None = start
        while (
            current is not None
            and current in parents
            and current not in seen
            and current not in way
        ):
            way[current] = None
            current = parents[current]
        if current is not None and current in way:
            steps = list(way)
            found.append(min(steps[steps.index(current) :]))
        seen.update(way)
    return sorted(found)
