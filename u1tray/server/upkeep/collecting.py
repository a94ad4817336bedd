"""What a running server does by itself: it collects garbage, one server of all at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.cloud import Cloud
from u1tray.server.storage.garbage import Collector, Stopped
from u1tray.server.storage.metadata.garbage import TAKEOVER_AFTER_S, claim_run
from u1tray.server.upkeep.outliving import outlived
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

# Between two steps, so that nobody who uses the cloud feels it.
PAUSE_S = 0.05


@contextlib.asynccontextmanager
async def collecting(cloud: Cloud) -> AsyncIterator[None]:
    """Collects garbage every `gc_interval` while the context lasts; 0 is never."""
    if not cloud.settings.gc_interval:
        yield
        return
    stop = threading.Event()
    task = asyncio.create_task(_keep(cloud, stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep(cloud: Cloud, stop: threading.Event) -> None:
    interval_s = cloud.settings.gc_interval
    collector = Collector(
        cloud.workers.database, cloud.contents.blobs, cloud.clock, pause_s=PAUSE_S, stop=stop
    )
    while True:
        await asyncio.sleep(min(interval_s, TAKEOVER_AFTER_S))
        # Its thread ends soon after `stop`; whoever is cancelled here waits for it.
        running = asyncio.create_task(asyncio.to_thread(_collect, cloud, collector, interval_s))
        with outlived(logger, "collect garbage"):
            try:
                await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise


def _collect(cloud: Cloud, collector: Collector, interval_s: float) -> None:
    try:
        with cloud.workers.database.writing() as connection:
            is_ours = claim_run(connection, cloud.clock.now(), interval_s)
        if not is_ours:
            collector.take_over()
            return
        found = collector.collect()
        logger.info(
            "collected %d contents and %d orphans, %d bytes",
            found.contents,
            found.orphans,
            found.content_bytes + found.orphan_bytes,
        )
    except Stopped:
        pass
    except (U1Error, SQLAlchemyError, OSError) as error:
        logger.warning("the collection of garbage ended early: %s", error)
