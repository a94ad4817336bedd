"""The metadata in a PostgreSQL database, shared by any number of processes and machines.

Readers see one snapshot (REPEATABLE READ). Writers see the last commit at every statement (READ
COMMITTED), so whoever has waited for a row's lock goes on with what the other left. Relaxed
transactions do without `synchronous_commit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from u1tray.server.changes.notify import notify
from u1tray.server.changes.values import Change
from u1tray.server.storage.metadata import database
from u1tray.server.storage.metadata.database import BUSY_TIMEOUT_MS, Database, Engines, Fault

_READERS = 4
_WRITERS = 4
_CONNECT_TIMEOUT_S = 5
# A peer that is gone without a word: this side gives up after the first, the database after the
# second, so that nothing stays locked.
_SILENCE_TIMEOUT_MS = 10_000
_IDLE_TRANSACTION_TIMEOUT_MS = 60_000

# SQLSTATE codes and classes (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_FAULTS = {
    "40001": database.UNDONE,  # serialization_failure
    "40P01": database.UNDONE,  # deadlock_detected
    "55P03": database.BUSY,  # lock_not_available
    "57014": database.BUSY,  # query_canceled
    "25006": database.READ_ONLY,  # read_only_sql_transaction
    "53100": database.FULL,  # disk_full
    "53": database.BUSY,  # insufficient_resources
    "58": database.CLOSED,  # system_error, such as an I/O error
}
# The connection is lost, or there never was one.
_GONE = ("08", "57P", "25P03")


class PostgresqlDatabase(Database):
    """A database of a PostgreSQL server."""

    dialect = "postgresql"
    readers = _READERS
    writers = _WRITERS

    def __init__(self, url: URL) -> None:
        super().__init__(
            Engines(
                reading=_engine(url, _READERS, is_reading=True),
                writing=_engine(url, _WRITERS),
                noting=_engine(url, _WRITERS, is_relaxed=True),
            )
        )
        self._url = url
        self.name = f"postgresql://{url.host or ''}/{url.database or ''}"

    def connect_arguments(self) -> dict[str, Any]:
        """What psycopg's `connect` needs for a connection beside the pools. Holds the password."""
        _, arguments = self._engines.reading.dialect.create_connect_args(self._url)
        return {**_CONNECT_ARGUMENTS, **arguments}

    def _announce(self, connection: Connection, changes: Sequence[Change]) -> None:
        notify(connection, changes)

    def _fault(self, error: DBAPIError, *, is_committing: bool) -> Fault | None:
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state.startswith(_GONE) or _is_unconnected(error):
            return None if is_committing else database.GONE
        return _FAULTS.get(state) or _FAULTS.get(state[:2])


_CONNECT_ARGUMENTS = {
    "connect_timeout": _CONNECT_TIMEOUT_S,
    "tcp_user_timeout": _SILENCE_TIMEOUT_MS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "u1server",
}


def _engine(
    url: URL, connections: int, *, is_reading: bool = False, is_relaxed: bool = False
) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        # The connection used last is the one that is still there.
        pool_use_lifo=True,
        connect_args=dict(_CONNECT_ARGUMENTS),
        # An error's text would show hashes and secrets otherwise.
        hide_parameters=True,
    )
    settings = {
        "synchronous_commit": "off" if is_relaxed else "on",
        "lock_timeout": BUSY_TIMEOUT_MS,
        "tcp_user_timeout": _SILENCE_TIMEOUT_MS,
        "default_transaction_isolation": "'repeatable read'" if is_reading else "'read committed'",
        "timezone": "'UTC'",
    }
    if is_reading:
        settings["default_transaction_read_only"] = "on"
    else:
        settings["idle_in_transaction_session_timeout"] = _IDLE_TRANSACTION_TIMEOUT_MS
    preparation = "; ".join(f"SET {name} = {value}" for name, value in settings.items())

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(preparation).close()
        connection.autocommit = False

    return engine


def _is_unconnected(error: DBAPIError) -> bool:
    """Whether the driver could not connect: it has no SQLSTATE for that."""
    kind = type(error.orig)
    is_operational = kind.__module__.startswith("psycopg") and kind.__name__ in (
        "OperationalError",
        "ConnectionTimeout",
    )
    return is_operational and getattr(error.orig, "sqlstate", None) is None
