"""`u1sync`: the sync daemon from a terminal. Its options, and all its verbs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from u1tray import __version__
from u1tray.terminal import boundary
from u1tray.u1sync.common import PROGRAM
from u1tray.u1sync.verbs.conflicts import conflicts
from u1tray.u1sync.verbs.connect import connect
from u1tray.u1sync.verbs.disconnect import disconnect
from u1tray.u1sync.verbs.events import events
from u1tray.u1sync.verbs.explain import explain
from u1tray.u1sync.verbs.folders import folders
from u1tray.u1sync.verbs.held import held
from u1tray.u1sync.verbs.limits import limits
from u1tray.u1sync.verbs.pause import pause, resume
from u1tray.u1sync.verbs.quit import quit_daemon
from u1tray.u1sync.verbs.start import start
from u1tray.u1sync.verbs.status import status
from u1tray.u1sync.verbs.transfers import transfers
from u1tray.u1sync.verbs.undo import undo
from u1tray.u1sync.verbs.wait import wait
from u1tray.u1sync.verbs.waiting import waiting


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong use, 4 not running or not installed, 5 refused, "
    "6 not all was taken back, 8 no answer or no session bus, 9 not in time, 11 not understood. "
    "Those of status: see u1sync status --help.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.option("--debug", is_flag=True, help="Show what is asked of the bus.")
def cli(debug: bool) -> None:
    """File sync from a terminal."""
    boundary.begin_logging(debug=debug)


_VERBS = (
    *(status, start, connect, disconnect, quit_daemon),
    *(wait, pause, resume, limits),
    *(folders, transfers, waiting, conflicts, held, explain, undo, events),
)
for verb in _VERBS:
    cli.add_command(verb)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code."""
    return boundary.run(cli, PROGRAM, arguments)
