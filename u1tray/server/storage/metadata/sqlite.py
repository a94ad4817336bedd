"""The metadata in one SQLite file.

SQLite allows one writer, so there is one writing connection; readers see the last commit and
wait for nobody. A transaction is on stable storage before it is left (WAL, synchronous=FULL),
but for a relaxed one, which a loss of power (not a crash of the program) may undo.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from u1tray.server.changes.pipes import Pipes
from u1tray.server.storage.metadata import database
from u1tray.server.storage.metadata.database import BUSY_TIMEOUT_MS, Database, Engines, Fault
from u1tray.server.storage.metadata.statement import command

_READERS = 4
# Of each connection; SQLite's 2000 are never given back. What it lacks is in the system's cache.
_CACHE_KIB = 800

# Texts of SQLite's result codes (https://sqlite.org/rescode.html).
_FAULTS = (
    ("database is locked", database.BUSY),
    ("database table is locked", database.BUSY),
    ("readonly database", database.READ_ONLY),
    ("unable to open database file", database.CLOSED),
    ("disk is full", database.FULL),
    ("disk I/O error", database.READ_ONLY),
)


class SqliteDatabase(Database):
    """One SQLite file. Never on a network file system (https://sqlite.org/wal.html)."""

    dialect = "sqlite"
    readers = _READERS
    writers = 1
    notes_on_a_snapshot = True

    def __init__(self, path: Path) -> None:
        super().__init__(
            Engines(
                reading=_engine(path, "BEGIN", "FULL", _READERS),
                writing=_engine(path, "BEGIN IMMEDIATE", "FULL", 1),
                noting=_engine(path, "BEGIN IMMEDIATE", "NORMAL", 1),
            )
        )
        self.path = path
        self.pipes = Pipes(path.with_name("run"))
        self.on_committed.append(self.pipes.tell)
        self.name = str(path)

    def _fault(self, error: DBAPIError, *, is_committing: bool) -> Fault | None:
        message = str(error.orig)
        return next((fault for part, fault in _FAULTS if part in message), None)


def _engine(path: Path, begin: str, synchronous: str, connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        # An error's text would show hashes and secrets otherwise.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where `_begin` says, not before
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "auto_vacuum=INCREMENTAL",  # before the first table: `u1server gc` gives space back
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            f"cache_size=-{_CACHE_KIB}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        command(connection, begin)

    return engine
