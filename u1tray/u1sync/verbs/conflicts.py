"""`u1sync conflicts`: copies that conflicts left."""

from __future__ import annotations

import click

from u1tray.bus.sync import CONFLICTS
from u1tray.u1sync.common import check_running, harmless, json_option, session, show
from u1tray.u1sync.own import ask


@click.command("conflicts")
@json_option
def conflicts(as_json: bool) -> None:
    """Show the copies that conflicts left; delete or rename them once you have looked."""
    with session() as bus:
        check_running(bus)
        found = list(ask(bus, CONFLICTS))
    lines = map(harmless, found)
    show("\n".join(lines) or "There are no conflicts.", {"conflicts": found}, as_json)
