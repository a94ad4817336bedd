"""The cloud served by several processes of one machine, on the same two sockets."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
from collections.abc import Callable

from u1tray.server.admin.shared_metrics import forget_process
from u1tray.server.app import announce_sockets, open_cloud, serving
from u1tray.server.cloud import Cloud
from u1tray.server.process.memory import collect_rarely
from u1tray.server.process.supervisor import Lifeline, Supervisor, unblock_signals
from u1tray.server.settings.options import Settings, data_directory
from u1tray.server.sockets.binding import Sockets, bind_both
from u1tray.server.sockets.certificate import certificate_of, kept_fresh
from u1tray.server.storage.directory import open_directory
from u1tray.vocabulary.errors import U1Error, meaning_of

logger = logging.getLogger(__name__)

_MORE_THAN_REQUESTS_S = 15.0  # to part from idle clients, and to end threads and database


def serve_by_many(settings: Settings, announce: Callable[[str], None]) -> int:
    """Serve until told to stop; the exit status. Raises U1Error when it cannot begin.

    `announce` gets one line a port once requests are answered.
    """
    # Made, migrated and checked once; an open database must not be carried into a child.
    database, _ = open_directory(
        data_directory(settings).absolute(),
        os.environ,
        create=True,
        database_url=settings.database_url,
    )
    database.close()
    certificate_of(settings)  # one message for all, before they are made
    with bind_both(settings) as sockets:
        return Supervisor(
            settings.workers,
            functools.partial(_work, settings, sockets),
            on_ready=functools.partial(announce_sockets, settings, sockets, announce),
            on_end=forget_process,
            on_stop=functools.partial(_close, sockets),
            stop_timeout_s=settings.stop_timeout + _MORE_THAN_REQUESTS_S,
        ).run()


def _close(sockets: Sockets) -> None:
    """New clients are refused rather than kept waiting for somebody to answer them."""
    for listening in sockets:
        listening.close()


def _work(settings: Settings, sockets: Sockets, lifeline: Lifeline) -> int:
    try:
        cloud = open_cloud(settings)
        collect_rarely()
        try:
            asyncio.run(_serve(cloud, sockets, lifeline))
        finally:
            cloud.close()
    except U1Error as error:
        logger.critical("cannot serve: %s", error.text)
        return meaning_of(error).exit_code
    return 0


async def _serve(cloud: Cloud, sockets: Sockets, lifeline: Lifeline) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def orphaned() -> None:
        loop.remove_reader(lifeline.descriptor)
        stop.set()

    loop.add_reader(lifeline.descriptor, orphaned)
    certificate = certificate_of(cloud.settings)
    async with kept_fresh(certificate):
        unblock_signals()  # now that there is somebody to take each of them
        async with serving(cloud, sockets, certificate):
            lifeline.report_ready()
            await stop.wait()
