"""`u1sync disconnect`: be disconnected until told otherwise."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.u1sync.common import check_running, session


@click.command("disconnect")
def disconnect() -> None:
    """Tell the daemon to disconnect; it keeps running."""
    with session() as bus:
        check_running(bus)
        call(bus, syncdaemon.DISCONNECT)
