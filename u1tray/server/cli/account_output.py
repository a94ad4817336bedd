"""How the commands of accounts change one and print it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from u1tray.server.accounts import register
from u1tray.server.accounts.values import Account
from u1tray.server.cli.common import opened, print_json
from u1tray.server.clock import timestamp
from u1tray.server.storage.metadata import accounts as rows
from u1tray.vocabulary.units import format_bytes


def account_object(account: Account) -> dict[str, Any]:
    """An account as the commands print it in JSON."""
    return {
        "id": account.id,
        "email": account.email,
        "name": account.visible_name,
        "state": account.state.value,
        "quota_bytes": account.quota_bytes,
        "used_bytes": account.used_bytes,
        "created": timestamp(account.created_at),
    }


def change_account(directory: Path, email: str, **columns: Any) -> Account:
    """The account after a change of its columns. Raises NotFoundError."""
    with opened(directory) as cloud, cloud.database.writing() as connection:
        found = register.find(connection, email)
        rows.change(connection, found.id, **columns)
        return register.find(connection, email)


def say(account: Account, text: str, as_json: bool, **more: Any) -> None:
    """One line, or the account with more members."""
    if as_json:
        print_json(account_object(account) | more)
    else:
        click.echo(text)


def quota_text(account: Account) -> str:
    """Such as `5.0 GB`."""
    return "no limit" if account.quota_bytes is None else format_bytes(account.quota_bytes)
