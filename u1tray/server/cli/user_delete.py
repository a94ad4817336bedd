"""`u1server user delete`: the end of an account and of all it holds."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from u1tray.server.accounts import register, removal
from u1tray.server.cli.account_output import say
from u1tray.server.cli.common import data_option, json_option, opened
from u1tray.server.storage.metadata import holdings
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import format_bytes


@click.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
def delete(*, email: str, yes: bool, directory: Path, as_json: bool) -> None:
    """Delete the account of EMAIL with its volumes, files, tokens and sessions.

    There is no way back but a backup. The disk space is free after `u1server gc`. If it is
    interrupted, run it again; until then the account cannot be used.
    """
    with opened(directory) as cloud:
        if not yes:
            _ask(cloud.database, email)
        account = removal.remove(cloud.database, email)
    say(account, f"deleted {account.email}", as_json, state="deleted")


def _ask(database: Database, email: str) -> None:
    """Return if a person agrees. Raises UsageError, NotFoundError, click.Abort."""
    if not sys.stdin.isatty():
        message = "there is no terminal to ask whether you are sure: use --yes"
        raise UsageError(message)
    with database.reading() as connection:
        account = register.find(connection, email)
        held = holdings.of_account(connection, account.id)
    used = format_bytes(account.used_bytes)
    what = f"{held.volumes} volumes, {held.files} files ({used}) and {held.tokens} tokens"
    click.confirm(f"Delete {account.email} with {what}?", abort=True, err=True)
