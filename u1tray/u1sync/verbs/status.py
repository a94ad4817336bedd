"""`u1sync status`: the sentence the indicator shows, for people, scripts and status bars."""

from __future__ import annotations

import click

from u1tray.bus import owners, sync, syncdaemon
from u1tray.bus.blocking import Listener
from u1tray.status import texts
from u1tray.status.language import translator
from u1tray.status.presentation import NO_STATE
from u1tray.terminal.documents import json_line
from u1tray.u1sync import concerns
from u1tray.u1sync.codes import STATUS_CODES, STATUS_HELP
from u1tray.u1sync.common import PROGRAM, json_option
from u1tray.u1sync.formats import BARS
from u1tray.u1sync.snapshot import Snapshot, take

_HIDDEN = "bars hide what fails"
_LATEST = 0.25  # seconds in which many signals become one line
_SIGNALS = (
    owners.NAME_OWNER_CHANGED,
    syncdaemon.STATUS_CHANGED,
    syncdaemon.UPLOAD_STARTED,
    syncdaemon.UPLOAD_FINISHED,
    syncdaemon.DOWNLOAD_STARTED,
    syncdaemon.DOWNLOAD_FINISHED,
    syncdaemon.QUOTA_EXCEEDED,
    sync.CHANGED,
)


@click.command("status", epilog=f"{STATUS_HELP}. With the format of a bar it is 0: {_HIDDEN}.")
@click.option("--follow", is_flag=True, help="Print a line whenever that changes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", *BARS]),
    default="text",
    help="For people, for scripts, or for a bar.",
)
@json_option
def status(follow: bool, form: str, as_json: bool) -> int:
    """Show what file sync is doing. Never starts anything."""
    form = "json" if as_json else form
    if follow:
        _follow(form)
    snapshot = take()
    click.echo(written(snapshot, form))
    # Waybar hides a module that fails, i3blocks shows the number in the place of the text.
    return 0 if form in BARS else STATUS_CODES[snapshot.view.indicator]


def written(snapshot: Snapshot, form: str) -> str:
    """The status in a format; `text` has a line for each transfer, and for what a person
    should know beside it."""
    if form in BARS:
        return BARS[form](snapshot)
    language = translator()
    sentence = texts.sentence(snapshot.view, language)
    if form == "json":
        return json_line(as_value(snapshot, sentence))
    more = [
        f"{said} ({PROGRAM} {verb})" for said, verb in concerns.lines(snapshot.concerns, language)
    ]
    moving = [texts.transfer(one, language) for one in snapshot.view.transfers]
    return "\n  ".join([sentence, *more, *moving])


def _follow(form: str) -> None:
    """Print until interrupted. Raises OfflineError when the bus goes away."""
    listener = Listener(_SIGNALS)
    last = ""
    while True:
        line = written(take(), form)
        if line != last:
            click.echo(line)
            last = line
        listener.next()
        while listener.next(_LATEST) is not None:
            pass


def as_value(snapshot: Snapshot, sentence: str) -> dict[str, object]:
    """The JSON object: its keys are stable, more may follow. `state` is null without a daemon."""
    view, state = snapshot.view, snapshot.inputs.state
    return {
        "indicator": view.indicator.value,
        "sentence": sentence,
        "state": None if state is NO_STATE else state.to_wire(),
        "paused_until": snapshot.paused_until or None,
        "waiting": snapshot.waiting,
        "concerns": {name: getattr(snapshot.concerns, name) for name in concerns.NAMES},
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
