"""The composition root: opens the data directory, builds the cloud, and serves its two ports."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping

from aiohttp import web

from u1tray.server.accounts.keys import KeySource, RandomKeys
from u1tray.server.accounts.login import Login
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.password_thread import PasswordThread
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.registration import Registration
from u1tray.server.admin.metrics import Metrics
from u1tray.server.admin.pages import admin_answer
from u1tray.server.api.dispatch import exchange
from u1tray.server.auth.nonces import NonceMemory
from u1tray.server.auth.secrets import SecretMemory
from u1tray.server.changes.hub import Hub, Pace
from u1tray.server.changes.legs import hearing
from u1tray.server.clock import Clock, SystemClock
from u1tray.server.cloud import Cloud
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.request import Request
from u1tray.server.settings.options import Settings, data_directory
from u1tray.server.sockets.binding import BACKLOG, Sockets, bind_both, endpoints
from u1tray.server.sockets.certificate import Certificate, certificate_of, kept_fresh
from u1tray.server.sockets.endpoints import AnyEndpoint
from u1tray.server.storage.blobs.choose import open_contents
from u1tray.server.storage.contents import ContentStore
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.partials.opening import open_partials
from u1tray.server.storage.workers import Workers
from u1tray.server.upkeep.collecting import collecting
from u1tray.server.upkeep.forgetting import forgetting
from u1tray.server.upkeep.sweeping import sweeping
from u1tray.server.uploads.expiry import cleaned_up
from u1tray.server.uploads.store import UploadStore
from u1tray.server.wire.listener import Listener

# Clients that keep their connection get so long to ask once more and be told to close it.
DRAIN_S = 1.0


def open_cloud(
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    *,
    clock: Clock | None = None,
    keys: KeySource | None = None,
    pace: Pace | None = None,
) -> Cloud:
    """The cloud of a data directory, made where there is none. Raises UsageError."""
    directory = data_directory(settings).absolute()
    database, cipher = open_directory(
        directory, environment, create=True, database_url=settings.database_url
    )
    if settings.durability == "relaxed":
        database.relax()
    workers = Workers(database)
    clock = clock or SystemClock()
    mint = Mint(keys or RandomKeys(), cipher)
    passwords = PasswordThread(Passwords())
    metrics = Metrics()
    hub = Hub(metrics.change_streams, pace)
    database.on_committed.append(hub.deliver)
    contents = ContentStore(open_contents(directory, settings))
    partials = open_partials(contents.blobs, database, clock)
    arrived = metrics.content_bytes.labels(direction="in")
    return Cloud(
        settings=settings,
        directory=directory,
        clock=clock,
        mint=mint,
        workers=workers,
        contents=contents,
        uploads=UploadStore(workers, partials, clock, arrived.inc, contents.is_stored),
        passwords=passwords,
        login=Login(workers, passwords, clock, mint),
        registration=Registration(workers, passwords, clock, mint, settings),
        nonces=NonceMemory(workers),
        secrets=SecretMemory(workers, cipher),
        metrics=metrics,
        hub=hub,
    )


@contextlib.asynccontextmanager
async def serving(
    cloud: Cloud, sockets: Sockets | None = None, certificate: Certificate | None = None
) -> AsyncIterator[tuple[AnyEndpoint, AnyEndpoint]]:
    """Both ports open: where the API and the administration listen. Raises UsageError.

    On given sockets, or on its own. With a certificate the API speaks TLS.
    """
    settings = cloud.settings
    api = Listener(
        functools.partial(exchange, cloud),
        cloud.clock,
        trusted=settings.trusted_proxies,
        observer=cloud.metrics.count_request,
        directory=cloud.directory,
    )
    admin = Listener(
        functools.partial(_admin_exchange, cloud), cloud.clock, log_level=logging.DEBUG
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(cloud.hub.serving())
        await stack.enter_async_context(hearing(cloud.workers.database, cloud.hub))
        # A process that accepts all who wait leaves nothing to the others.
        accepted_at_once = 1 if settings.workers > 1 else BACKLOG
        sockets = sockets or stack.enter_context(bind_both(settings))
        sites = []
        contexts = (None if certificate is None else certificate.context, None)
        for listener, listening, context in zip((api, admin), sockets, contexts, strict=True):
            runner = web.ServerRunner(listener.server(), shutdown_timeout=settings.stop_timeout)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)  # running requests are waited for
            site = web.SockSite(runner, listening, ssl_context=context, backlog=accepted_at_once)
            await site.start()
            listening.listen(BACKLOG)
            sites.append(site)
        stack.push_async_callback(_part, cloud, sites[0], api)
        await stack.enter_async_context(cleaned_up(cloud.uploads.clean_up))
        await stack.enter_async_context(collecting(cloud))
        await stack.enter_async_context(forgetting(cloud))
        await stack.enter_async_context(sweeping(cloud))
        yield endpoints(settings, sockets)


async def serve(cloud: Cloud, stop: asyncio.Event, announce: Callable[[str], None]) -> None:
    """Serve until `stop` is set; `announce` gets one line a port once both are open."""
    certificate = certificate_of(cloud.settings)
    with bind_both(cloud.settings) as sockets:
        async with kept_fresh(certificate), serving(cloud, sockets, certificate):
            announce_sockets(cloud.settings, sockets, announce)
            await stop.wait()


def announce_sockets(settings: Settings, sockets: Sockets, announce: Callable[[str], None]) -> None:
    """Say where requests are answered, one line a port."""
    api, admin = endpoints(settings, sockets)
    announce(f"listening on {api.url(settings.scheme)}")
    announce(f"admin on {admin.url('http')}")


async def _part(cloud: Cloud, site: web.SockSite, listener: Listener) -> None:
    """No new clients; those of change streams are told, those between requests go."""
    await site.stop()
    cloud.hub.close()
    await listener.drain(DRAIN_S)


@contextlib.asynccontextmanager
async def _admin_exchange(cloud: Cloud, request: Request) -> AsyncIterator[Answer]:
    yield await admin_answer(cloud, request)
