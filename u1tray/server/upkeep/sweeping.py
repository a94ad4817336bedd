"""What a running server does by itself about deleted volumes: it removes what is left of them.

Some rows at a time, as soon as one is deleted and when it cannot come back any more, so that
nobody waits for a large one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.changes.values import Change, Kind
from u1tray.server.cloud import Cloud
from u1tray.server.files.undo import FORGET_S
from u1tray.server.storage.metadata import deletions, volumes
from u1tray.server.upkeep.outliving import outlived
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

# Those that can come back, and what another process left behind.
INTERVAL_S = 900.0
# Between two portions, so that nobody who uses the cloud feels it.
PAUSE_S = 0.05


@contextlib.asynccontextmanager
async def sweeping(cloud: Cloud) -> AsyncIterator[None]:
    """Removes deleted volumes while the context lasts."""
    loop, deleted = asyncio.get_running_loop(), asyncio.Event()

    def hear(changes: Sequence[Change]) -> None:
        """In the thread of a transaction."""
        if any(change.kind is Kind.DELETED for change in changes):
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(deleted.set)

    listeners = cloud.workers.database.on_committed
    listeners.append(hear)
    task = asyncio.create_task(_keep(cloud, deleted))
    try:
        yield
    finally:
        listeners.remove(hear)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep(cloud: Cloud, deleted: asyncio.Event) -> None:
    while True:
        deleted.clear()
        with outlived(logger, "remove deleted volumes"):
            try:
                await sweep(cloud)
            except (U1Error, SQLAlchemyError) as error:
                logger.warning("cannot remove deleted volumes now: %s", error)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(deleted.wait(), INTERVAL_S)


async def sweep(cloud: Cloud) -> None:
    """Remove all that cannot come back. Raises U1Error."""
    write = cloud.workers.write
    while await write(deletions.forget_some, cloud.clock.now() - FORGET_S):
        await asyncio.sleep(PAUSE_S)
    while await write(volumes.sweep):
        await asyncio.sleep(PAUSE_S)
