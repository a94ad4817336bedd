"""`u1sync folders`: what is synced, and where."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.u1sync.common import check_running, harmless, json_option, session, show
from u1tray.vocabulary.wire import truth


@click.command("folders")
@json_option
def folders(as_json: bool) -> None:
    """Show the folders of the account, and which are synced here."""
    with session() as bus:
        check_running(bus)
        root = str(call(bus, syncdaemon.GET_ROOTDIR))
        found = list(call(bus, syncdaemon.GET_FOLDERS))
    lines = [f"{root} (the main folder)"]
    for one in found:
        is_synced = truth(one.get("subscribed", ""))
        lines.append(f"{one.get('path', '')}{'' if is_synced else ' (not synced here)'}")
    show("\n".join(map(harmless, lines)), {"root": root, "folders": found}, as_json)
