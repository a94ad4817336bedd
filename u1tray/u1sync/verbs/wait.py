"""`u1sync wait`: until everything is in sync."""

from __future__ import annotations

import click

from u1tray.bus.blocking import call
from u1tray.u1sync.common import check_running, session
from u1tray.u1sync.durations import DURATION
from u1tray.u1sync.own import nirvana
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import BusyError, U1Error

QUIET_SECONDS = 0.5
LEAST_SECONDS = 0.1  # an answer needs some time, also that it is so already
LONGEST_SECONDS = 7 * 86400.0


@click.command("wait")
@click.option(
    "--timeout", type=DURATION, default=None, help="Give up after this time, such as 90s or 10m."
)
def wait(timeout: float | None) -> None:
    """Wait until everything is in sync. Exit code 9: not within the time."""
    limit = LONGEST_SECONDS if timeout is None else max(timeout, LEAST_SECONDS)
    with session() as bus:
        check_running(bus)
        try:
            call(bus, nirvana(limit), min(QUIET_SECONDS, limit / 2))
        except U1Error as error:
            if error.code not in {names.NO_REPLY, names.TIMED_OUT, names.TIMEOUT}:
                raise
            text = f"Not everything was in sync within {limit:g} seconds."
            raise BusyError(text, code=error.code) from error
