"""`u1server user passwd|two-factor|disable|enable`: what lets a person in."""

from __future__ import annotations

from pathlib import Path

import click

from u1tray.server.accounts import issue, register, two_factor
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.values import Account, AccountState
from u1tray.server.cli.account_output import say
from u1tray.server.cli.common import data_option, json_option, opened, read_password
from u1tray.server.clock import SystemClock
from u1tray.server.storage.metadata import accounts as rows
from u1tray.vocabulary.errors import ConflictError

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.command("passwd")
@click.argument("email")
@data_option
@password_option
@click.option("--revoke-tokens", is_flag=True, help="Sign out every device too.")
@json_option
def set_password(
    *, email: str, directory: Path, password_stdin: bool, revoke_tokens: bool, as_json: bool
) -> None:
    """Give EMAIL a new password, and end its web sessions.

    Devices stay signed in unless --revoke-tokens is said.
    """
    password_hash = Passwords().hash(read_password(password_stdin))
    with opened(directory) as cloud, cloud.database.writing() as connection:
        account = register.find(connection, email)
        rows.change(connection, account.id, password_hash=password_hash)
        now = SystemClock().now()
        revoked = issue.revoke_all(connection, account.id, now) if revoke_tokens else 0
    also = f", and {revoked} tokens are revoked" if revoke_tokens else ""
    text = f"{account.email} has a new password{also}"
    say(account, text, as_json, revoked_tokens=revoked)


@click.command("two-factor")
@click.argument("email")
@click.option("--disable", is_flag=True, help="Turn it off, for a person who lost their device.")
@data_option
@json_option
def two_factor_command(*, email: str, disable: bool, directory: Path, as_json: bool) -> None:
    """Say whether log-in of EMAIL asks for a code, or turn that off."""
    with opened(directory) as cloud, cloud.database.writing() as connection:
        account = register.find(connection, email)
        found = two_factor.state(connection, account.id)
        was_on = disable and two_factor.disable(connection, account.id)
    if was_on:
        text = f"{account.email} logs in without a code from now on"
    elif found.is_on:
        left = found.recovery_codes_left
        text = f"{account.email} logs in with a code, and has {left} recovery codes left"
    else:
        text = f"{account.email} logs in without a code"
    is_on = found.is_on and not disable
    codes = found.recovery_codes_left if is_on else 0
    say(account, text, as_json, two_factor=is_on, recovery_codes_left=codes)


@click.command("disable")
@click.argument("email")
@data_option
@json_option
def disable_command(email: str, directory: Path, as_json: bool) -> None:
    """Refuse all requests of EMAIL, until `enable`."""
    account = _set_state(directory, email, AccountState.SUSPENDED)
    say(account, f"{account.email} is disabled", as_json)


@click.command("enable")
@click.argument("email")
@data_option
@json_option
def enable_command(email: str, directory: Path, as_json: bool) -> None:
    """Let EMAIL in again."""
    account = _set_state(directory, email, AccountState.ACTIVE)
    say(account, f"{account.email} is enabled", as_json)


def _set_state(directory: Path, email: str, state: AccountState) -> Account:
    with opened(directory) as cloud, cloud.database.writing() as connection:
        found = register.find(connection, email)
        if found.state is AccountState.DELETING:
            message = f"{found.email} is half deleted: run `user delete` again to end that"
            raise ConflictError(message)
        rows.change(connection, found.id, state=state.value)
        return register.find(connection, email)
