"""`u1file login`: asks on the terminal, stores through the Credentials service.

The password comes from the terminal or from standard input, never from the command line.
"""

from __future__ import annotations

import sys

import click

from u1tray.rest import settings
from u1tray.rest.settings import CloudSettings
from u1tray.u1file import keys
from u1tray.u1file.common import open_cloud, remark
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import SignedOutError, U1Error, UsageError

LONGEST_PASSWORD_LINE = 4096


@click.command("login")
@click.argument("email", required=False)
@click.option("--api-url", metavar="URL", help="The cloud's address; it is remembered.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def login(email: str | None, api_url: str | None, password_stdin: bool) -> None:
    """Log this computer in to the cloud."""
    _remember(_cloud(api_url))
    stored = keys.find()
    if stored is not None and _is_accepted(stored):
        remark("Already logged in. To change the account, run u1file logout first.")
        return
    address = email or _asked("E-mail")
    password = _from_stdin() if password_stdin else _asked("Password", hidden=True)
    _log_in(address, password, interactive=not password_stdin)
    remark("Logged in.")


def _cloud(api_url: str | None) -> CloudSettings:
    if api_url:
        return CloudSettings.of(api_url)
    return settings.load() or CloudSettings.of(_asked("The cloud's address"))


def _remember(wanted: CloudSettings) -> None:
    """Write the address down: the Credentials service does not share our environment."""
    if settings.load({}) != wanted:
        try:
            settings.save(wanted)
        except OSError as error:
            text = f"The cloud's address cannot be written to {settings.settings_file()}: "
            raise UsageError(text + str(error)) from None


def _is_accepted(stored: Credentials) -> bool:
    """Whether the cloud takes the stored credentials; those it does not are forgotten."""
    try:
        with open_cloud(stored) as cloud:
            cloud.account()
    except SignedOutError:
        keys.clear()
        return False
    return True


def _log_in(email: str, password: str, *, interactive: bool) -> None:
    try:
        keys.log_in(email, password)
    except U1Error as error:
        if error.code != CredentialsErrorType.TWO_FACTOR_REQUIRED.value or not interactive:
            raise
        keys.log_in(email, password, _asked("Two-factor code"))


def _asked(what: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        text = f"{what} is missing, and there is no terminal to ask on. See u1file login --help"
        raise UsageError(text)
    return str(click.prompt(what, hide_input=hidden, err=True))


def _from_stdin() -> str:
    line = sys.stdin.readline(LONGEST_PASSWORD_LINE).rstrip("\r\n")
    if not line:
        text = "There is no password on standard input."
        raise UsageError(text)
    return line
