"""How changes come in from other processes: each kind of database has its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from u1tray.server.changes.hub import Hub
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.postgresql import PostgresqlDatabase
from u1tray.server.storage.metadata.sqlite import SqliteDatabase
from u1tray.vocabulary.errors import UsageError


@contextlib.asynccontextmanager
async def hearing(database: Database, hub: Hub) -> AsyncIterator[None]:
    """Deal what other processes commit. Raises UsageError."""
    async with contextlib.AsyncExitStack() as stack:
        if isinstance(database, SqliteDatabase):
            _hear_pipe(database, hub, stack)
        if isinstance(database, PostgresqlDatabase):
            # psycopg takes its time to import, and a SQLite cloud does without.
            from u1tray.server.changes.listen import hear  # noqa: PLC0415

            task = asyncio.create_task(hear(database.connect_arguments(), hub))
            stack.push_async_callback(_end, task)
        yield


def _hear_pipe(database: SqliteDatabase, hub: Hub, stack: contextlib.AsyncExitStack) -> None:
    try:
        loop = asyncio.get_running_loop()
        stack.enter_context(database.pipes.hearing(loop, hub.deal, hub.look_again))
    except OSError as error:
        message = f"cannot make a pipe beside {database.path}: {error.strerror or error}"
        raise UsageError(message) from error


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
