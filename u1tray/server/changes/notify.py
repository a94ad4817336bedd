"""Changes told by a PostgreSQL database itself: NOTIFY in the transaction that makes them.

So they are told if and only if they are committed
(https://www.postgresql.org/docs/current/sql-notify.html). `listen` is the other end.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from u1tray.server.changes.values import Change, to_line

CHANNEL = "u1_changes"
MAX_PAYLOAD_BYTES = 7999
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def notify(connection: Connection, changes: Sequence[Change]) -> None:
    """Have the database tell changes when the transaction is committed."""
    for change in changes:
        line = to_line(change, MAX_PAYLOAD_BYTES).decode()
        connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": line})
