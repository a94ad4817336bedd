"""What a running server does by itself about old tombstones: it forgets them, every hour."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.cloud import Cloud
from u1tray.server.files.tombstones import forget_old
from u1tray.server.upkeep.outliving import outlived
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

INTERVAL_S = 3600.0


@contextlib.asynccontextmanager
async def forgetting(cloud: Cloud) -> AsyncIterator[None]:
    """Forget what is older than `tombstone_days`, now and every hour; 0 is never."""
    if not cloud.settings.tombstone_days:
        yield
        return
    task = asyncio.create_task(_regularly(cloud))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _regularly(cloud: Cloud) -> None:
    days = cloud.settings.tombstone_days
    while True:
        with outlived(logger, "forget old tombstones"):
            try:
                total = await forget_old(cloud.workers, days, cloud.clock.now())
                if total:
                    logger.info("forgot %d tombstones", total)
            except (U1Error, SQLAlchemyError) as error:
                logger.warning("cannot forget old tombstones now: %s", error)
        await asyncio.sleep(INTERVAL_S)
