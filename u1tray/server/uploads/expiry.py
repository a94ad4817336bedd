"""Removes uploads that were not finished in time, and bytes that belong to none."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from u1tray.server.storage.metadata import uploads as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.partials.protocol import Partials
from u1tray.server.upkeep.outliving import outlived
from u1tray.server.uploads.values import REMEMBERED_S
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

CLEAN_UP_INTERVAL_S = 3600.0
_AT_ONCE = 500  # databases limit the number of values in a question


def find_expired(database: Database, partials: Partials, now: float) -> Iterator[str]:
    """The ids of all uploads of which there are bytes and which are not open.

    Blocks; may run while the server does. Raises U1Error.
    """
    stored = partials.all()  # before the rows: one that is begun meanwhile has its row first
    while some := list(itertools.islice(stored, _AT_ONCE)):
        with database.reading() as connection:
            kept = rows.unexpired(connection, some, now)
        yield from (upload_id for upload_id in some if upload_id not in kept)


def remove_expired(database: Database, partials: Partials, now: float) -> int:
    """Remove the bytes of every upload that is not open; how many those were. As above."""
    removed = 0
    for upload_id in find_expired(database, partials, now):
        partials.discard(upload_id)
        removed += 1
    with database.writing() as connection:
        rows.forget_expired(connection, now - REMEMBERED_S)
    return removed


@contextlib.asynccontextmanager
async def cleaned_up(clean_up: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """Clean up now and every hour, until this is left."""
    task = asyncio.create_task(_regularly(clean_up))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _regularly(clean_up: Callable[[], Awaitable[int]]) -> None:
    while True:
        with outlived(logger, "remove expired uploads"):
            try:
                removed = await clean_up()
                if removed:
                    logger.info("removed %d uploads that were not finished in time", removed)
            except U1Error as error:
                logger.warning("cannot remove expired uploads now: %s", error.text)
        await asyncio.sleep(CLEAN_UP_INTERVAL_S)
