"""`u1sync undo`: takes back what sync did to the folder."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from u1tray.bus.sync import UNDO
from u1tray.u1sync.common import check_running, harmless, json_option, session, show
from u1tray.u1sync.durations import DURATION
from u1tray.u1sync.own import ask
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError, U1Error

NOT_ALL = 6  # as a conflict: it changed meanwhile (vocabulary.errors)
_DEFAULT_SECONDS = 600.0
_SENTENCES = {
    "bring back": "back from the trash",
    "put back": "back in its earlier version",
    "move back": "moved back from {target}",
}


@click.command("undo", epilog=f"Exit codes: 0 all of it, {NOT_ALL} some could not be taken back.")
@click.option(
    "--last",
    "seconds",
    type=DURATION,
    default=_DEFAULT_SECONDS,
    help="How far back, such as 10m (the default), 2h or 3d.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Only show what would be done.")
@click.argument("path", type=click.Path(), required=False)
@json_option
def undo(seconds: float, is_dry: bool, path: str | None, as_json: bool) -> int:
    """Take back what sync did to the folder, or to PATH and below it.

    What it deleted comes back from the trash, what it replaced in its earlier version (the
    present one stays beside it as a conflict's copy), what it moved is moved back; what it added
    stays. That travels to the cloud and to other computers as any change. Nothing that changed
    since is touched.

    What you deleted yourself is not sync's doing: look into the desktop's trash. The cloud keeps
    none of what a computer deleted there.
    """
    with session() as bus:
        check_running(bus)
        wanted = "" if path is None else os.path.abspath(path)
        try:
            found = ask(bus, UNDO, seconds, wanted, is_dry)
        except U1Error as error:
            if error.code == names.KEY_ERROR:
                text = f"{wanted} is in no folder that is synced."
                raise NotFoundError(text, code=error.code) from error
            raise
    lines = [harmless(_line(one)) for one in found]
    show(
        "\n".join(lines) or "There is nothing to take back.",
        {"undone": found},
        as_json,
    )
    return NOT_ALL if any(one["result"] == "refused" for one in found) else 0


def _line(one: Mapping[str, str]) -> str:
    path = one["path"]
    if one["result"] == "refused":
        return f"{path}: was {one['deed']}, and stays so: {one['reason']}"
    done = _SENTENCES.get(one["way"], one["way"]).format(target=one.get("target", ""))
    would = "would be " if one["result"] == "planned" else ""
    aside = f"; the other one is {one['aside']} now" if "aside" in one else ""
    return f"{path}: {would}{done}{aside}"
