"""`u1sync waiting`: what is in the queue, and what failed and why."""

from __future__ import annotations

from typing import Any

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.bus.session import Bus
from u1tray.bus.sync import OUTSTANDING, SUMMARY, TROUBLES
from u1tray.u1sync.common import check_running, harmless, json_option, session, show
from u1tray.u1sync.own import ask
from u1tray.vocabulary.errors import ContractError
from u1tray.vocabulary.wire import truth

_SPARED = "Large files wait{why}: {spared}. To send and fetch them now: u1sync resume --anyway"
_MORE = "Not in sync yet, beside what is listed: {number}"
_UNWATCHED = (
    "Not watched, and looked at once a minute: {unwatched} folders"
    " (fs.inotify.max_user_watches is reached)."
)
_SPARING = {
    "network": ", because the network is metered",
    "power": ", because power is saved",
    "both": ", because the network is metered and power is saved",
}


@click.command("waiting")
@json_option
def waiting(as_json: bool) -> None:
    """Show what is to be done, and why what failed waits."""
    with session() as bus:
        check_running(bus)
        queue = list(call(bus, syncdaemon.WAITING))
        try:
            troubles, summary = list(ask(bus, TROUBLES)), dict(ask(bus, SUMMARY))
        except ContractError:  # another daemon
            troubles, summary = [], {}
        outstanding = _outstanding(bus)
    lines = _listed(queue, troubles)
    spared = int(summary.get("spared", "0")) if summary.get("sparing") else 0
    more = outstanding - len(lines) - spared
    if more > 0:
        lines.append(_MORE.format(number=more))
    if spared:
        lines.append(_SPARED.format(**summary, why=_SPARING.get(summary["sparing"], "")))
    if summary.get("unwatched", "0") != "0":
        lines.append(_UNWATCHED.format(**summary))
    value = {
        "waiting": [{"name": name, "id": number, "data": data} for name, number, data in queue],
        "troubles": troubles,
        "outstanding": outstanding,
        "spared": int(summary.get("spared", "0")),
        "sparing": summary.get("sparing", ""),
        "unwatched": int(summary.get("unwatched", "0")),
    }
    show("\n".join(map(harmless, lines)) or "Nothing waits.", value, as_json)


def _outstanding(bus: Bus) -> int:
    try:
        return int(ask(bus, OUTSTANDING))
    except ContractError:  # another daemon, or one of ours from before it was renewed
        return 0


def _listed(queue: list[Any], troubles: list[Any]) -> list[str]:
    """A line for each thing in the queue, then for what failed and is not in it."""
    reasons = {one["path"]: one["error"] for one in troubles}
    lines = []
    listed = set()
    for name, _, data in queue:
        path = data.get("path", "")
        listed.add(path)
        state = "runs" if truth(data.get("running", "")) else "waits"
        reason = reasons.get(path, "")
        lines.append(f"{name} {path} {state}" + (f": {reason}" if reason else ""))
    for one in troubles:
        if one["path"] not in listed:
            lines.append(f"{one['path']} waits: {one['error']}")
    return lines
