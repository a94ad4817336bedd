"""`u1sync held`: deletions that wait for a person."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

import click

from u1tray.bus.session import Bus
from u1tray.bus.sync import APPLY_HELD, HELD, RESTORE_HELD
from u1tray.terminal.boundary import question
from u1tray.u1sync.common import PROGRAM, check_running, harmless, json_option, session, show
from u1tray.u1sync.own import ask
from u1tray.vocabulary.errors import UsageError

_WHERE = {
    "folder": "{files} of {of} files are gone from {path}; they are kept in the cloud.",
    "cloud": "{files} of {of} files are gone from the cloud; they are kept in {path}.",
}
_BACK = {
    "folder": "What is gone comes back to {path}: {files} files.",
    "cloud": "What is gone goes to the cloud again from {path}: {files} files.",
}
_BEFORE = {
    "folder": " {deleted} more are gone from the cloud already.",
    "cloud": " {deleted} more are in the trash of this computer already.",
}
_STILL = "More was deleted meanwhile than you have seen. It is still held:"

Held = Sequence[Mapping[str, str]]


@click.command("held")
@click.argument("action", type=click.Choice(["apply", "restore"]), required=False)
@click.argument("shown", required=False)
@click.option("--yes", is_flag=True, help="Ask nothing: all that is held now is meant.")
@json_option
def held(action: str | None, shown: str | None, yes: bool, as_json: bool) -> None:
    """Show deletions that are held, because so much was deleted.

    apply: they are meant, as far as they were SHOWN: the number at the end of the list. What was
    deleted since stays held. Without the number, what is held now is shown, and asked about.
    restore: they are not meant; what is gone comes back.
    """
    if shown is not None and not shown.isdecimal():
        text = f"{shown!r} is no number: `{PROGRAM} held` tells it."
        raise UsageError(text)
    if shown is not None and (action != "apply" or yes):
        text = f"A number belongs to `{PROGRAM} held apply`, and not beside --yes."
        raise UsageError(text)
    with session() as bus:
        check_running(bus)
        if action == "apply":
            _apply(bus, shown, is_asked=not yes, as_json=as_json)
            return
        found = ask(bus, HELD)
        if action == "restore":
            _restore(bus, found, as_json=as_json)
            return
    lines = _lines(found)
    if lines:
        lines.append(_question(found))
    show("\n".join(lines) or "Nothing is held.", {"held": found}, as_json)


def _restore(bus: Bus, found: Held, *, as_json: bool) -> None:
    """Let it come back; tell what was held until now."""
    ask(bus, RESTORE_HELD)
    lines = [
        harmless(_BACK[one["lost_in"]].format(**one)) for one in found if one["lost_in"] in _BACK
    ]
    show("\n".join(lines) or "Nothing is held.", {"restored": found}, as_json)


def _apply(bus: Bus, shown: str | None, *, is_asked: bool, as_json: bool) -> None:
    """Carry out what was shown; tell what is held after that."""
    if shown is None:
        found = ask(bus, HELD)
        if not found:
            show("Nothing is held.", {"held": []}, as_json)
            return
        if is_asked:
            _confirm(found)
        shown = str(found[0].get("shown", ""))
    left = ask(bus, APPLY_HELD, shown)
    lines = [_STILL, *_lines(left), _question(left)] if left else ["Nothing is held any more."]
    show("\n".join(lines), {"held": left}, as_json)


def _confirm(found: Held) -> None:
    if not sys.stdin.isatty():
        text = (
            f"Say what you have seen: {PROGRAM} held apply NUMBER ({PROGRAM} held tells it), or"
            " --yes for all that is held now."
        )
        raise UsageError(text)
    click.echo("\n".join(_lines(found, sys.stderr)), err=True)
    with question():
        is_meant = click.confirm("Delete them on the other side, too?", err=True)
    if not is_meant:
        raise click.Abort


def _lines(found: Held, stream: TextIO | None = None) -> list[str]:
    return [_line(one, stream) for one in found if one["lost_in"] in _WHERE]


def _line(one: Mapping[str, str], stream: TextIO | None) -> str:
    before = _BEFORE[one["lost_in"]] if one.get("deleted", "0") != "0" else ""
    return harmless((_WHERE[one["lost_in"]] + before).format(**one), stream)


def _question(found: Held) -> str:
    shown = found[0].get("shown", "")
    return f"Are they meant? {PROGRAM} held apply {shown}\nIf not: {PROGRAM} held restore"
