"""The metadata database: connections, transactions, and where database errors become ours.

SQLite allows one writer, so there is one writing connection; readers see the last commit and
wait for nobody. A transaction is on stable storage before it is left (WAL, synchronous=FULL),
but for a relaxed one, which a loss of power (not a crash of the program) may undo.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from u1tray.vocabulary.errors import BusyError, QuotaError, U1Error

BUSY_TIMEOUT_MS = 10_000
READERS = 4
_RETRY_AFTER_S = 2.0

# Texts of SQLite's result codes (https://sqlite.org/rescode.html) and what they mean outside.
_MEANINGS = (
    ("database is locked", BusyError, "busy", "the database is busy"),
    ("database table is locked", BusyError, "busy", "the database is busy"),
    ("readonly database", BusyError, "maintenance", "the database cannot be written now"),
    ("unable to open database file", BusyError, "maintenance", "the database cannot be opened"),
    ("disk is full", QuotaError, "server_full", "the server's disk is full"),
)


class Database:
    """One SQLite file, used by any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = _engine(path, "BEGIN", "FULL", READERS)
        self._writer = _engine(path, "BEGIN IMMEDIATE", "FULL", 1)
        self._relaxed_writer = _engine(path, "BEGIN IMMEDIATE", "NORMAL", 1)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot of the database, for reading only."""
        with _ours(), self._reader.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: durable when left, undone by an exception."""
        with _ours(), self._writer.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def noting(self) -> Iterator[Connection]:
        """A relaxed transaction, for what is worthless after some minutes."""
        with _ours(), self._relaxed_writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        for engine in (self._reader, self._writer, self._relaxed_writer):
            engine.dispose()


def answers(connection: Connection) -> None:
    """Read something, to see whether the database answers at all."""
    connection.execute(text("SELECT 1 FROM facts LIMIT 1"))


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
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        meant = _meaning(str(error.orig))
        if meant is None:
            raise
        raise meant from error


def _meaning(message: str) -> U1Error | None:
    for part, family, code, words in _MEANINGS:
        if part in message:
            if family is BusyError:
                return BusyError(words, code=code, retry_after=_RETRY_AFTER_S)
            return family(words, code=code)
    return None
