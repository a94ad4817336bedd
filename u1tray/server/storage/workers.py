"""Carries work on the database out of the event loop: one writing thread, a few reading ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from u1tray.server.storage.metadata.database import READERS, Database

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class Workers:
    """Runs functions of a connection in threads, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._readers = ThreadPoolExecutor(READERS, "metadata-reader")
        self._writer = ThreadPoolExecutor(1, "metadata-writer")

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)` on a snapshot."""

        def run() -> T:
            with self.database.reading() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, ...)`, whose changes are then on stable storage."""

        def run() -> T:
            with self.database.writing() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    async def note(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, but a loss of power may undo it."""

        def run() -> T:
            with self.database.noting() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    def close(self) -> None:
        """Let running work end, then close the database."""
        self._readers.shutdown()
        self._writer.shutdown()
        self.database.close()
