"""`u1server serve`: runs the cloud until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from u1tray.server.admin.shared_metrics import shared_metrics
from u1tray.server.cli.common import config_option, content_option, database_option
from u1tray.server.logs import set_up_logging
from u1tray.server.process.descriptors import allow_many
from u1tray.server.process.memory import collect_rarely, keep_small
from u1tray.server.process.readiness import report_ready
from u1tray.server.settings.options import Settings, load_settings


@click.command("serve")
@click.option("--data", metavar="DIR", help="The data directory; made when it is not there.")
@click.option(
    "--listen",
    metavar="PLACE",
    help="HOST:PORT or unix:/PATH of the cloud.  [default: 127.0.0.1:9180]",
)
@click.option(
    "--admin-listen",
    metavar="PLACE",
    help="HOST:PORT of health and metrics.  [default: 127.0.0.1:9181]",
)
@click.option(
    "--tls-certificate", metavar="FILE", help="A PEM file with the certificate chain: speak https."
)
@click.option("--tls-key", metavar="FILE", help="A PEM file with the certificate's key.")
@database_option
@content_option
@config_option
@click.option("--workers", metavar="N", help="Processes that serve on these ports.  [default: 1]")
@click.option(
    "--durability", help="full, or relaxed: a loss of power may take the last uploads.  [full]"
)
@click.option(
    "--log-level", metavar="LEVEL", help="debug, info, warning or error.  [default: info]"
)
@click.option(
    "--log-format", metavar="FORMAT", help="text or json, one object a line.  [default: text]"
)
def serve_command(config: Path | None, **given: str | None) -> None:
    """Serve the cloud until SIGTERM or Ctrl-C.

    Every option can also stand in the configuration file (with _ for -), or in the environment
    as U1SERVER_NAME.
    """
    settings = load_settings(config, os.environ, given)
    keep_small()
    allow_many()
    set_up_logging(settings.log_level, settings.log_format)
    if settings.workers > 1:
        click.get_current_context().exit(_serve_by_many(settings))
    _serve_alone(settings)


# aiohttp's server takes as long to import as all else together; other commands do without.


def _serve_alone(settings: Settings) -> None:
    from u1tray.server.app import open_cloud, serve  # noqa: PLC0415

    cloud = open_cloud(settings)
    collect_rarely()
    try:
        asyncio.run(_until_signalled(functools.partial(serve, cloud, announce=_announce)))
    finally:
        cloud.close()


def _serve_by_many(settings: Settings) -> int:
    with shared_metrics():
        from u1tray.server.process.fleet import serve_by_many  # noqa: PLC0415

        return serve_by_many(settings, _announce)


async def _until_signalled(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(stop)


def _announce(line: str) -> None:
    # Whoever started us may have read enough and gone.
    with contextlib.suppress(OSError):
        print(line, flush=True)  # noqa: T201 - part of the command's interface
    report_ready()
