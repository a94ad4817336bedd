"""`u1sync connect`: be connected from now on."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.u1sync.common import PROGRAM, check_running, session
from u1tray.u1sync.snapshot import state_of
from u1tray.vocabulary.errors import RefusedError


@click.command("connect")
def connect() -> None:
    """Tell the daemon to connect; a log-in window may open. Does not wait for the outcome."""
    with session() as bus:
        check_running(bus)
        state = state_of(bus)
        if state.is_error:
            # The daemon would reply and do nothing (T8).
            text = (
                f"File sync has met an error ({state.description}) and has to be restarted: "
                f"{PROGRAM} quit, then {PROGRAM} start"
            )
            raise RefusedError(text)
        call(bus, syncdaemon.CONNECT)
