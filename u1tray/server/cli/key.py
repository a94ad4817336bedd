"""`u1server key`: the key that seals secrets, changed while the server runs."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from u1tray.server.accounts import lost_key, rotation, server_key
from u1tray.server.accounts.cipher import WrongKeyError
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.server_key import VARIABLE
from u1tray.server.cli.common import (
    command_settings,
    data_option,
    json_option,
    opened,
    print_json,
)
from u1tray.server.storage.directory import open_without_key
from u1tray.vocabulary.errors import ServerError, UsageError


@click.group("key")
def key_group() -> None:
    """The server key, which seals the secrets of tokens: rotate, make, lost."""


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


@key_group.command("lost")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
def lost(*, yes: bool, directory: Path, as_json: bool) -> None:
    """Begin with a new server key where the old one is lost.

    Files, passwords and web sessions stay. Every device must log in anew, and second factors are
    turned off, because their secrets cannot be read without the old key. Stop the servers first.
    """
    if not yes:
        _ask()
    where = directory.absolute()
    database = open_without_key(where, command_settings().database_url)
    try:
        done = lost_key.start_anew(where, database, os.environ, RandomKeys(), time.time())
    finally:
        database.close()
    if as_json:
        print_json({**asdict(done), "key": _where(directory)})
        return
    click.echo(f"the new key is in {_where(directory)}: keep a copy of it elsewhere")
    click.echo(f"{done.tokens} devices must log in anew; {done.second_factors} second factors off")


def _ask() -> None:
    """Return if a person agrees. Raises UsageError, click.Abort."""
    if not sys.stdin.isatty():
        message = "there is no terminal to ask whether you are sure: use --yes"
        raise UsageError(message)
    click.confirm("Log all devices out and turn all second factors off?", abort=True, err=True)


def _where(directory: Path) -> str:
    if os.environ.get(VARIABLE):
        return f"the environment variable {VARIABLE}"
    return str(directory.absolute() / server_key.FILE_NAME)
