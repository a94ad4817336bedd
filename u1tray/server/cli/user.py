"""`u1server user`: accounts, by their administrator. Works while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from u1tray.server.accounts import register
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.register import NewAccount
from u1tray.server.accounts.values import Account, AccountState
from u1tray.server.cli.common import (
    Bytes,
    data_option,
    json_option,
    opened,
    print_json,
    read_password,
)
from u1tray.server.clock import SystemClock, timestamp
from u1tray.server.storage.metadata import accounts as rows
from u1tray.vocabulary.units import format_bytes

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group("user")
def user_group() -> None:
    """Accounts: add, list, change, disable."""


@user_group.command("add")
@click.argument("email")
@data_option
@click.option("--name", default="", help="The person's name.  [default: none]")
@click.option(
    "--quota", type=Bytes(), default="5GB", show_default=True, help="Size, or 'none' for no limit."
)
@password_option
@json_option
def add(
    *,
    email: str,
    directory: Path,
    name: str,
    quota: int | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account for EMAIL."""
    new = NewAccount(email.strip(), name.strip(), quota)
    register.check(new)
    password_hash = Passwords().hash(read_password(password_stdin))
    with opened(directory, create=True) as cloud, cloud.database.writing() as connection:
        mint = Mint(RandomKeys(), cloud.cipher)
        account = register.create(connection, new, password_hash, mint, SystemClock().now())
    _say(account, f"added {account.email} (id {account.id}, {_quota(account)})", as_json)


@user_group.command("list")
@data_option
@json_option
def list_users(directory: Path, as_json: bool) -> None:
    """List all accounts."""
    with opened(directory) as cloud, cloud.database.reading() as connection:
        found = rows.everyone(connection)
    if as_json:
        print_json([user_object(account) for account in found])
        return
    for account in found:
        used = f"{format_bytes(account.used_bytes)} of {_quota(account)}"
        click.echo(f"{account.id}\t{account.email}\t{account.state.value}\t{used}")


@user_group.command("quota")
@click.argument("email")
@click.argument("size", type=Bytes(), metavar="BYTES")
@data_option
@json_option
def set_quota(email: str, size: int | None, directory: Path, as_json: bool) -> None:
    """Let EMAIL store BYTES, such as 5GB or 1048576; 'none' is without a limit."""
    register.check_quota(size)
    account = _change(directory, email, quota_bytes=size)
    _say(account, f"{account.email} may store {_quota(account)}", as_json)


@user_group.command("passwd")
@click.argument("email")
@data_option
@password_option
@json_option
def set_password(email: str, directory: Path, password_stdin: bool, as_json: bool) -> None:
    """Give EMAIL a new password. Tokens stay valid: see `token revoke`."""
    password_hash = Passwords().hash(read_password(password_stdin))
    account = _change(directory, email, password_hash=password_hash)
    _say(account, f"{account.email} has a new password", as_json)


@user_group.command("disable")
@click.argument("email")
@data_option
@json_option
def disable(email: str, directory: Path, as_json: bool) -> None:
    """Refuse all requests of EMAIL, until `enable`."""
    account = _change(directory, email, state=AccountState.SUSPENDED.value)
    _say(account, f"{account.email} is disabled", as_json)


@user_group.command("enable")
@click.argument("email")
@data_option
@json_option
def enable(email: str, directory: Path, as_json: bool) -> None:
    """Let EMAIL in again."""
    account = _change(directory, email, state=AccountState.ACTIVE.value)
    _say(account, f"{account.email} is enabled", as_json)


def user_object(account: Account) -> dict[str, Any]:
    """An account as the commands print it."""
    return {
        "id": account.id,
        "email": account.email,
        "name": account.visible_name,
        "state": account.state.value,
        "quota_bytes": account.quota_bytes,
        "used_bytes": account.used_bytes,
        "created": timestamp(account.created_at),
    }


def _change(directory: Path, email: str, **columns: Any) -> Account:
    with opened(directory) as cloud, cloud.database.writing() as connection:
        found = register.find(connection, email)
        rows.change(connection, found.id, **columns)
        return register.find(connection, email)


def _say(account: Account, text: str, as_json: bool) -> None:
    if as_json:
        print_json(user_object(account))
    else:
        click.echo(text)


def _quota(account: Account) -> str:
    return "no limit" if account.quota_bytes is None else format_bytes(account.quota_bytes)
