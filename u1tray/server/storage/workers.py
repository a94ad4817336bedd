"""Carries work on the database out of the event loop: some reading threads, some writing ones."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection

from u1tray.server.storage.lane import Lane, Threads, Way
from u1tray.server.storage.metadata.database import Database, UndoneError

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]

ATTEMPTS = 4
_FIRST_DELAY_S = 0.01


class Workers:
    """Runs functions of a connection in threads, each in a transaction that it alone can undo.

    A transaction that the database undid is run again, so the functions change nothing else.
    Where a database has one writer, those who wait for it share a transaction (`lane`).
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._readers = Threads(database.readers, "metadata-reader", repeated)
        self._finder: Way = self._readers
        self._writer: Way
        if database.writers == 1:
            order = (database.noting, database.writing)  # notes wait for no disk
            self._writer = Lane("metadata-writer", order, repeated, parted=database.writing)
            self._finder = Lane("metadata-finder", (database.reading,), repeated)
        else:
            self._writer = Threads(database.writers, "metadata-writer", repeated)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)` on a snapshot."""
        bound = _bound(work, *args, **kwargs)
        return cast(T, await self._readers.do(self.database.reading, bound))

    async def find(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, for a look at a few rows: others may wait for it."""
        bound = _bound(work, *args, **kwargs)
        return cast(T, await self._finder.do(self.database.reading, bound))

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)`, whose changes are then on stable storage."""
        bound = _bound(work, *args, **kwargs)
        return cast(T, await self._writer.do(self.database.writing, bound))

    async def note(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, but a loss of power may undo it.

        What the function changed before it raises may stay, so that no savepoint is needed (two
        statements of the four of a signed request).
        """
        bound = _bound(work, *args, **kwargs)
        return cast(T, await self._writer.do(self.database.noting, bound))

    def close(self) -> None:
        """Let running work end, then close the database."""
        for way in {self._readers, self._finder, self._writer}:
            way.close()
        self.database.close()


def _bound(work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[Connection], T]:
    return lambda connection: work(connection, *args, **kwargs)


def repeated(
    transaction: Callable[[], AbstractContextManager[Connection]],
    work: Work[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The result of work in a transaction, run again a few times where the database undid it."""
    for attempt in range(ATTEMPTS - 1):
        try:
            with transaction() as connection:
                return work(connection, *args, **kwargs)
        except UndoneError:
            time.sleep(delay_s(attempt, random.random()))  # noqa: S311 - no secret
    with transaction() as connection:
        return work(connection, *args, **kwargs)


def delay_s(attempt: int, chance: float) -> float:
    """The wait after an attempt (from 0): doubled each time, and different for everyone."""
    return _FIRST_DELAY_S * 2.0**attempt * (0.5 + chance)
