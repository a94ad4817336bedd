"""`u1server user`: accounts, by their administrator. Works while the server runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from u1tray.server.accounts import register, two_factor
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.register import NewAccount
from u1tray.server.cli.account_output import account_object, change_account, quota_text, say
from u1tray.server.cli.common import (
    Bytes,
    data_option,
    json_option,
    opened,
    print_json,
    read_password,
)
from u1tray.server.cli.user_access import (
    disable_command,
    enable_command,
    password_option,
    set_password,
    two_factor_command,
)
from u1tray.server.cli.user_delete import delete
from u1tray.server.clock import SystemClock
from u1tray.server.storage.metadata import accounts as rows
from u1tray.server.storage.metadata import holdings
from u1tray.vocabulary.units import format_bytes


@click.group("user")
def user_group() -> None:
    """Accounts: add, list, change, disable, delete."""


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
    say(account, f"added {account.email} (id {account.id}, {quota_text(account)})", as_json)


@user_group.command("list")
@data_option
@json_option
def list_users(directory: Path, as_json: bool) -> None:
    """List all accounts."""
    with opened(directory) as cloud, cloud.database.reading() as connection:
        found = rows.everyone(connection)
    if as_json:
        print_json([account_object(account) for account in found])
        return
    for account in found:
        used = f"{format_bytes(account.used_bytes)} of {quota_text(account)}"
        click.echo(f"{account.id}\t{account.email}\t{account.state.value}\t{used}")


@user_group.command("show")
@click.argument("email")
@data_option
@json_option
def show(email: str, directory: Path, as_json: bool) -> None:
    """Show the account of EMAIL and how much it holds."""
    with opened(directory) as cloud, cloud.database.reading() as connection:
        account = register.find(connection, email)
        factor = two_factor.state(connection, account.id)
        held = holdings.of_account(connection, account.id)
    shown: dict[str, Any] = account_object(account) | {
        "two_factor": factor.is_on,
        "recovery_codes_left": factor.recovery_codes_left,
        **asdict(held),
    }
    if as_json:
        print_json(shown)
        return
    shown["quota_bytes"] = "no limit" if account.quota_bytes is None else account.quota_bytes
    shown["two_factor"] = "on" if factor.is_on else "off"
    for name, value in shown.items():
        click.echo(f"{name.replace('_', ' ')}\t{value}")


@user_group.command("quota")
@click.argument("email")
@click.argument("size", type=Bytes(), metavar="BYTES")
@data_option
@json_option
def set_quota(email: str, size: int | None, directory: Path, as_json: bool) -> None:
    """Let EMAIL store BYTES, such as 5GB or 1048576; 'none' is without a limit."""
    register.check_quota(size)
    account = change_account(directory, email, quota_bytes=size)
    say(account, f"{account.email} may store {quota_text(account)}", as_json)


for _command in (set_password, two_factor_command, disable_command, enable_command, delete):
    user_group.add_command(_command)
