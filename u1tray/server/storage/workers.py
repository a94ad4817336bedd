"""Carries work on the database out of the event loop: some reading threads, some writing ones."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from u1tray.server.storage.metadata.database import Database, UndoneError

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]

ATTEMPTS = 4
_FIRST_DELAY_S = 0.01


class Workers:
    """Runs functions of a connection in threads, each in a transaction of its own.

    A transaction that the database undid is run again, so the functions change nothing else.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._readers = ThreadPoolExecutor(database.readers, "metadata-reader")
        self._writers = ThreadPoolExecutor(database.writers, "metadata-writer")

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)` on a snapshot."""

        def run() -> T:
            return repeated(self.database.reading, work, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)`, whose changes are then on stable storage."""

        def run() -> T:
            return repeated(self.database.writing, work, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._writers, run)

    async def note(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, but a loss of power may undo it."""

        def run() -> T:
            return repeated(self.database.noting, work, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._writers, run)

    def close(self) -> None:
        """Let running work end, then close the database."""
        self._readers.shutdown()
        self._writers.shutdown()
        self.database.close()


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
