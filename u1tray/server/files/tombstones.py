"""What is remembered of deleted nodes, and for how long (REST contract, 9 and 18).

A client that was here since a node last changed before its deletion loses nothing: it has seen
that change, or hears of the deletion of a directory above.
"""

from __future__ import annotations

from sqlalchemy import Connection

from u1tray.server.files.values import Volume
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import tombstones as rows
from u1tray.server.storage.workers import Workers

_DAY_S = 86400.0


async def forget_old(workers: Workers, days: int, now: float) -> int:
    """Forget the tombstones that are older than `days`, 0 for none; how many those were.

    Bit by bit, so that others get their turn at the database. Raises U1Error.
    """
    if days <= 0:
        return 0
    before = now - days * _DAY_S
    total = 0
    while True:
        forgotten = await workers.write(rows.forget, before)
        total += forgotten
        if forgotten < rows.AT_ONCE:
            return total


def check_remembered(connection: Connection, volume: Volume, since: int) -> None:
    """Refuse a delta that would lack deletions. Raises Refusal `delta_gone`."""
    if since != 0 and since < rows.forgotten_generation(connection, volume.id):
        text = "What was deleted since then is forgotten: ask from generation 0."
        raise Refusal(Code.DELTA_GONE, text)
