"""`u1sync pause` and `u1sync resume`."""

from __future__ import annotations

import click

from u1tray.bus.sync import PAUSE, RESUME, SPARE_NOTHING
from u1tray.u1sync.common import check_running, session
from u1tray.u1sync.durations import DURATION
from u1tray.u1sync.own import ask


@click.command("pause")
@click.option(
    "--for", "seconds", type=DURATION, default=0.0, help="Resume after this time, such as 1h."
)
def pause(seconds: float) -> None:
    """Pause file sync, for a time or until resume."""
    with session() as bus:
        check_running(bus)
        ask(bus, PAUSE, seconds)


@click.command("resume")
@click.option(
    "--anyway",
    is_flag=True,
    help="Also large files, although the network is metered or power is saved.",
)
def resume(anyway: bool) -> None:
    """End a pause."""
    with session() as bus:
        check_running(bus)
        ask(bus, RESUME)
        if anyway:
            ask(bus, SPARE_NOTHING)
