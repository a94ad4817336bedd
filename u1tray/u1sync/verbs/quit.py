"""`u1sync quit`: stop the daemon."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.terminal.boundary import remark
from u1tray.u1sync.common import session
from u1tray.u1sync.snapshot import is_running
from u1tray.vocabulary.errors import U1Error


@click.command("quit")
def quit_daemon() -> None:
    """Stop the daemon and wait until it is gone."""
    with session() as bus:
        if not is_running(bus):
            remark("File sync is not running.")
            return
        try:
            call(bus, syncdaemon.QUIT)
        except U1Error:
            # The reply may never come; the loss of the name is the success (T32).
            if is_running(bus):
                raise
