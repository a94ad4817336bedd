"""`u1sync status`: the sentence the indicator shows, for people, scripts and status bars."""

from __future__ import annotations

import click

from u1tray.status import texts
from u1tray.status.language import translator
from u1tray.status.presentation import NO_STATE
from u1tray.u1sync.codes import STATUS_CODES, STATUS_HELP
from u1tray.u1sync.common import json_option, show
from u1tray.u1sync.snapshot import Snapshot, take


@click.command("status", epilog=STATUS_HELP + ".")
@json_option
def status(as_json: bool) -> int:
    """Show what file sync is doing. Never starts anything."""
    snapshot = take()
    language = translator()
    sentence = texts.sentence(snapshot.view, language)
    lines = [sentence, *(texts.transfer(one, language) for one in snapshot.view.transfers)]
    show("\n  ".join(lines), as_value(snapshot, sentence), as_json)
    return STATUS_CODES[snapshot.view.indicator]


def as_value(snapshot: Snapshot, sentence: str) -> dict[str, object]:
    """The JSON object: its keys are stable, more may follow. `state` is null without a daemon."""
    view, state = snapshot.view, snapshot.inputs.state
    return {
        "indicator": view.indicator.value,
        "sentence": sentence,
        "state": None if state is NO_STATE else state.to_wire(),
        "waiting": snapshot.waiting,
        "transfers": [
            {
                "direction": one.direction.value,
                "path": one.path,
                "written": one.written,
                "size": one.size,
                "percent": one.percent,
            }
            for one in view.transfers
        ],
    }
