"""`u1server key`: the key that seals secrets, changed while the server runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from u1tray.server.accounts import rotation, server_key
from u1tray.server.accounts.cipher import WrongKeyError
from u1tray.server.accounts.server_key import VARIABLE
from u1tray.server.cli.common import data_option, json_option, opened, print_json
from u1tray.vocabulary.errors import ServerError


@click.group("key")
def key_group() -> None:
    """The server key, which seals the secrets of tokens: rotate, make."""


@key_group.command("rotate")
@data_option
@json_option
def rotate(directory: Path, as_json: bool) -> None:
    """Change the server key and seal all secrets anew, in one step.

    Servers on this machine go on working. If it is interrupted, run it again.
    """
    with opened(directory) as cloud:
        try:
            resealed = rotation.rotate(directory.absolute(), cloud.database, os.environ)
        except WrongKeyError as error:
            message = f"nothing was changed: {error}"
            raise ServerError(message) from error
    if as_json:
        print_json({"resealed": resealed, "key": _where(directory)})
        return
    if resealed is None:
        click.echo(f"all secrets are sealed under the new key already, in {_where(directory)}")
    else:
        click.echo(f"sealed {resealed} secrets under the new key in {_where(directory)}")
    if os.environ.get(VARIABLE):
        click.echo(f"now leave only the first key in {VARIABLE}, for every server")


@key_group.command("make")
def make() -> None:
    """Print a new key, for the environment variable U1SERVER_KEY. Keep it secret."""
    click.echo(server_key.encoded(server_key.new_key()))


def _where(directory: Path) -> str:
    if os.environ.get(VARIABLE):
        return f"the environment variable {VARIABLE}"
    return str(directory.absolute() / server_key.FILE_NAME)
