"""`u1sync held`: deletions that wait for a person."""

from __future__ import annotations

import click

from u1tray.bus.sync import APPLY_HELD, HELD, RESTORE_HELD
from u1tray.u1sync.common import PROGRAM, check_running, json_option, session, show
from u1tray.u1sync.own import ask

_WHERE = {
    "folder": "{files} of {of} files are gone from {path}; they are kept in the cloud.",
    "cloud": "{files} of {of} files are gone from the cloud; they are kept in {path}.",
}


@click.command("held")
@click.argument("action", type=click.Choice(["apply", "restore"]), required=False)
@json_option
def held(action: str | None, as_json: bool) -> None:
    """Show deletions that are held, because so much was deleted at once.

    apply: they are meant. restore: they are not; what is gone comes back.
    """
    with session() as bus:
        check_running(bus)
        found = ask(bus, HELD)
        if action is not None:
            ask(bus, APPLY_HELD if action == "apply" else RESTORE_HELD)
    lines = [_WHERE[one["lost_in"]].format(**one) for one in found if one["lost_in"] in _WHERE]
    if lines and action is None:
        lines.append(f"Are they meant? {PROGRAM} held apply. If not: {PROGRAM} held restore")
    show("\n".join(lines) or "Nothing is held.", {"held": found}, as_json)
