"""`u1file devices`: what is logged in to the account, and making one of it worthless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from u1tray.rest.replies import Token
from u1tray.terminal.boundary import remark
from u1tray.u1file import keys
from u1tray.u1file.choice import chosen
from u1tray.u1file.common import (
    json_option,
    open_cloud,
    quiet_option,
    show,
    show_all,
    silent_option,
)
from u1tray.u1file.remote import printable
from u1tray.u1file.words import about
from u1tray.vocabulary.errors import NotFoundError, UsageError


@click.group("devices", invoke_without_command=True)
@silent_option
@json_option
@click.pass_context
def devices(context: click.Context, as_json: bool) -> None:
    """List what is logged in to the account; this computer is marked with a star.

    A line holds: the id, when it logged in, when it was last seen, and the name.
    """
    if context.invoked_subcommand is None:
        _show(as_json=as_json)


@devices.command("list")
@silent_option
@json_option
def listed(as_json: bool) -> None:
    """The same as devices alone."""
    _show(as_json=as_json)


def _show(*, as_json: bool) -> None:
    with open_cloud() as cloud:
        found = cloud.tokens()
    show_all(_lines(found), map(asdict, found), as_json)


@devices.command("revoke")
@click.argument("devices_", metavar="ID|NAME...", nargs=-1, required=True)
@quiet_option
@json_option
def revoke(devices_: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Log a device out, from afar: what it holds does not open the cloud any more."""
    with open_cloud() as cloud:
        known = cloud.tokens()
        for wanted in devices_:
            with about(wanted):
                token = _the_one(known, wanted)
                cloud.revoke_token(token.id)
            if token.current:
                keys.of(chosen()).clear()
            if not quiet:
                remark(f"Logged out: {printable(token.name)}")
            show("", {"status": "revoked", "id": token.id, "name": token.name}, as_json)


def _the_one(known: Sequence[Token], wanted: str) -> Token:
    """The token of that id, else of that name, as it is or as `devices` shows it."""
    found = [each for each in known if each.id == wanted]
    found = found or [each for each in known if wanted in (each.name, printable(each.name))]
    if not found:
        text = "No such device is logged in. See u1file devices"
        raise NotFoundError(text)
    if len(found) > 1:
        text = f"Several devices are called {printable(wanted)}. Name one by its id."
        raise UsageError(text)
    return found[0]


def _lines(found: Sequence[Token]) -> list[str]:
    width = max((len(each.id) for each in found), default=0)
    return [
        f"{'*' if each.current else ' '} {printable(each.id):{width}}  "
        f"{printable(each.created)}  {printable(each.last_used or 'never'):20}  "
        f"{printable(each.name)}"
        for each in found
    ]
