"""`u1sync start`: start the daemon through the bus."""

from __future__ import annotations

import click

from u1tray.bus import owners
from u1tray.bus.blocking import call
from u1tray.terminal.boundary import remark
from u1tray.u1sync.common import session
from u1tray.u1sync.snapshot import is_running
from u1tray.u1sync.switch import is_switched_off
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError, RefusedError, U1Error


@click.command("start")
def start() -> None:
    """Start the daemon and wait until it is there."""
    with session() as bus:
        if is_running(bus):
            remark("File sync is running already.")
            return
        try:
            call(bus, owners.START_SERVICE_BY_NAME, names.SYNCDAEMON, 0)
        except U1Error as error:
            raise _reason(error) from error


def _reason(error: U1Error) -> U1Error:
    """Why it did not start (T4): not installed, turned off, or something its log tells."""
    if error.code == names.SERVICE_UNKNOWN:
        return NotFoundError("No file sync service is installed.", code=error.code)
    if is_switched_off():
        text = "File sync is turned off (files_sync_enabled in syncdaemon.conf)."
        return RefusedError(text, code=error.code)
    return RefusedError("File sync did not start; its log may say why.", code=error.code)
