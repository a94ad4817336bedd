"""`u1sync transfers`: what is on its way."""

from __future__ import annotations

import click

from u1tray.status import texts
from u1tray.status.language import translator
from u1tray.u1sync.common import check_running, json_option, session, show
from u1tray.u1sync.snapshot import take
from u1tray.u1sync.verbs.status import as_value


@click.command("transfers")
@json_option
def transfers(as_json: bool) -> None:
    """Show the files that are being sent and fetched."""
    with session() as bus:
        check_running(bus)
    snapshot = take()
    language = translator()
    lines = [texts.transfer(one, language) for one in snapshot.inputs.transfers]
    value = {"transfers": as_value(snapshot, "")["transfers"]}
    show("\n".join(lines) or "Nothing is on its way.", value, as_json)
