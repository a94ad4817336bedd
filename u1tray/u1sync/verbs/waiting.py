"""`u1sync waiting`: what is in the queue, and what failed and why."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.u1sync.common import check_running, json_option, session, show
from u1tray.u1sync.own import TROUBLES, ask
from u1tray.vocabulary.errors import ContractError
from u1tray.vocabulary.wire import truth


@click.command("waiting")
@json_option
def waiting(as_json: bool) -> None:
    """Show what is to be done, and why what failed waits."""
    with session() as bus:
        check_running(bus)
        queue = list(call(bus, syncdaemon.WAITING))
        try:
            troubles = list(ask(bus, TROUBLES))
        except ContractError:  # another daemon
            troubles = []
    reasons = {one["path"]: one["error"] for one in troubles}
    lines = []
    for name, _, data in queue:
        path = data.get("path", "")
        state = "runs" if truth(data.get("running", "")) else "waits"
        reason = reasons.get(path, "")
        lines.append(f"{name} {path} {state}" + (f": {reason}" if reason else ""))
    value = {
        "waiting": [{"name": name, "id": number, "data": data} for name, number, data in queue],
        "troubles": troubles,
    }
    show("\n".join(lines) or "Nothing waits.", value, as_json)
