"""The metadata database: transactions, and where database errors become ours.

What a kind of database needs stands in `sqlite` and `postgresql`. Rows are the affair of the
modules beside this one.
"""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from u1tray.server.changes import notes
from u1tray.server.changes.values import Change
from u1tray.vocabulary.errors import BusyError, QuotaError, U1Error

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 10_000
RETRY_AFTER_S = 2.0
# So long after a failed attempt to connect nobody tries again: all who wait would wait in turn.
PAUSE_S = 1.0


class UndoneError(BusyError):
    """The database undid the transaction, or never began it: run it again, or come back later."""


@dataclass(frozen=True)
class Fault:
    """What an error of the driver means outside."""

    family: type[BusyError] | type[QuotaError]
    code: str
    words: str

    def error(self) -> U1Error:
        """The error to raise."""
        if issubclass(self.family, BusyError):
            return self.family(self.words, code=self.code, retry_after=RETRY_AFTER_S)
        return self.family(self.words, code=self.code)


BUSY = Fault(BusyError, "busy", "the database is busy")
UNDONE = Fault(UndoneError, "busy", "the database is busy")
GONE = Fault(UndoneError, "busy", "the database does not answer")
READ_ONLY = Fault(BusyError, "maintenance", "the database cannot be written now")
CLOSED = Fault(BusyError, "maintenance", "the database cannot be opened")
FULL = Fault(QuotaError, "server_full", "the server's disk is full")


@dataclass(frozen=True)
class Engines:
    """The three ways to a database, each with connections of its own."""

    reading: Engine
    writing: Engine
    noting: Engine


class Database(ABC):
    """One database, used by any number of threads and processes.

    `dialect` is SQLAlchemy's word, `sqlite` or `postgresql`; `name` is for messages and holds no
    secret; `readers` and `writers` say how many threads are of use; `notes_on_a_snapshot` whether
    all statements of a noting transaction see the same, as those of a reading one do. Each in
    `on_committed` is told what a transaction changed, in its thread, once it is committed.
    """

    dialect: str
    name: str
    readers: int
    writers: int
    notes_on_a_snapshot = False

    def __init__(self, engines: Engines) -> None:
        self.on_committed: list[Callable[[Sequence[Change]], None]] = []
        self._engines = engines
        self._writing = engines.writing
        self._paused_until = 0.0
        self._is_gone = False

    def relax(self) -> None:
        """From now on let no writing transaction wait for the disk either."""
        self._writing = self._engines.noting

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot of the database, for reading only."""
        with self._transaction(self._engines.reading) as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: durable when left, undone by an exception."""
        with self._transaction(self._writing) as connection:
            with notes.gathering(connection) as changes:
                yield connection
            if changes:
                self._announce(connection, changes)
        if changes:
            for tell in self.on_committed:
                tell(changes)

    @contextlib.contextmanager
    def noting(self) -> Iterator[Connection]:
        """A relaxed transaction, for what is worthless after some minutes."""
        with self._transaction(self._engines.noting) as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        for engine in (self._engines.reading, self._engines.writing, self._engines.noting):
            engine.dispose()

    def _announce(self, connection: Connection, changes: Sequence[Change]) -> None:  # noqa: B027
        """Have the database itself tell what a transaction changed, if it can."""

    @abstractmethod
    def _fault(self, error: DBAPIError, *, is_committing: bool) -> Fault | None:
        """What an error means outside; None for a fault of ours.

        A connection lost while committing is one: whether anything changed is not known, and
        "busy" would promise that nothing did (REST contract, 12).
        """

    @contextlib.contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        is_committing = False
        try:
            with self._connect(engine) as connection, connection.begin():
                yield connection
                is_committing = True
        except DBAPIError as error:
            fault = self._fault(error, is_committing=is_committing)
            if fault is None:
                raise
            raise fault.error() from error

    def _connect(self, engine: Engine) -> Connection:
        if time.monotonic() < self._paused_until:
            raise GONE.error()
        try:
            connection = engine.connect()
        except DBAPIError as error:
            fault = self._fault(error, is_committing=False)
            if fault is GONE:
                self._paused_until = time.monotonic() + PAUSE_S
                self._note_gone(error)
            raise
        if self._is_gone:
            self._is_gone = False
            logger.warning("the database %s answers again", self.name)
        return connection

    def _note_gone(self, error: DBAPIError) -> None:
        if not self._is_gone:
            self._is_gone = True
            logger.error("the database %s does not answer: %s", self.name, first_line(error))


def answers(connection: Connection) -> None:
    """Read something, to see whether the database answers at all."""
    connection.execute(text("SELECT 1 FROM facts LIMIT 1"))


def first_line(error: DBAPIError) -> str:
    """What the driver said, in one line. It holds neither parameters nor passwords."""
    return str(error.orig).strip().partition("\n")[0]
