"""`u1file login`: a token for this computer, kept where credentials are kept here.

The password comes from the terminal or from standard input, never from the command line.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field

import click

from u1tray.rest import settings
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.requests import token_name
from u1tray.rest.settings import CloudSettings
from u1tray.terminal.boundary import remark
from u1tray.u1file import keys
from u1tray.u1file.choice import Choice, chosen
from u1tray.u1file.common import PROGRAM, json_option, open_cloud, quiet_option, show
from u1tray.u1file.keys.absence import is_absent
from u1tray.u1file.questions import Code, Password, asked
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import (
    ConflictError,
    KeyringError,
    NotFoundError,
    SignedOutError,
    U1Error,
    UsageError,
)

_WANTS_CODE = ("TWOFACTOR_REQUIRED", "TWOFACTOR_FAILURE")


@dataclass(frozen=True)
class Person:
    """What a person gave. The repr shows none of it."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    code: Code = field(repr=False)
    device: str = ""


@click.command("login")
@click.argument("email", required=False)
@click.option("--api-url", metavar="URL", help="The cloud's address; it is remembered.")
@click.option("--device", metavar="NAME", help="What the cloud calls this computer.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--code-stdin", is_flag=True, help="Read the two-factor code from the next line of it."
)
@quiet_option
@json_option
def login(
    email: str | None,
    *,
    api_url: str | None,
    device: str | None,
    password_stdin: bool,
    code_stdin: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Log this computer in to the cloud.

    Asks for what is not given. A two-factor code, where the account needs one, may also be the
    line behind the password on standard input.
    """
    choice = chosen()
    wanted = _cloud(choice, api_url)
    place = keys.of(choice)
    _remember(choice, wanted, only_if_none=True)
    logged_in = _logged_in(wanted, _stored(place))
    if logged_in:
        _check_same(choice, logged_in, email)
        done = f"Already logged in. To change the account, run {_logout(choice)} first."
        logged: dict[str, str] = {}
    else:
        person = _person(email, device, password_stdin=password_stdin, code_stdin=code_stdin)
        # Each profile has a token of its own: logging one out leaves the others.
        program = f"{PROGRAM} {choice.profile}".strip()
        credentials = _log_in(wanted, place, person, program)
        done, logged = "Logged in.", {"device": credentials.name}
    _remember(choice, wanted)
    if not quiet:
        remark(done)
    show("", {"cloud": wanted.api_url, "logged_in": True, **logged}, as_json)


def _cloud(choice: Choice, api_url: str | None) -> CloudSettings:
    if api_url:
        found: CloudSettings | None = CloudSettings.of(api_url)
    else:
        found = choice.settings() or CloudSettings.of(asked("The cloud's address"))
    trusted = choice.with_authorities(found)
    assert trusted is not None
    return trusted


def _remember(choice: Choice, wanted: CloudSettings, *, only_if_none: bool = False) -> None:
    """Write the address down: other programs do not share our environment and options."""
    present = settings.load_section(choice.section)
    if present == wanted or (only_if_none and present is not None):
        return
    try:
        settings.save(wanted, section=choice.section)
    except OSError as error:
        text = f"The cloud's address cannot be written to {settings.settings_file()}: "
        raise UsageError(text + (error.strerror or str(error))) from None


def _stored(place: keys.Keys) -> Credentials | None:
    """What is stored, None also where no place for credentials is set up yet."""
    try:
        return place.find()
    except (KeyringError, NotFoundError) as error:
        if not is_absent(error):
            raise
        return None


def _logged_in(wanted: CloudSettings, stored: Credentials | None) -> str:
    """The e-mail address of the account whose credentials the cloud takes, `''` for none."""
    if stored is None:
        return ""
    try:
        with open_cloud(stored, settings=wanted) as cloud:
            return cloud.account().email
    except SignedOutError:
        return ""


def _check_same(choice: Choice, logged_in: str, email: str | None) -> None:
    if email and email.strip().casefold() != logged_in.casefold():
        text = f"{logged_in} is logged in here. Run {_logout(choice)} first."
        raise ConflictError(text)


def _logout(choice: Choice) -> str:
    return choice.login_command.removesuffix("login") + "logout"


def _person(
    email: str | None, device: str | None, *, password_stdin: bool, code_stdin: bool
) -> Person:
    address = email or asked("E-mail")
    password = Password(from_stdin=password_stdin)
    return Person(address, password(), Code(from_stdin=code_stdin), device or "")


def _log_in(wanted: CloudSettings, place: keys.Keys, person: Person, program: str) -> Credentials:
    """New, stored credentials; a token that cannot be stored is made worthless again."""
    with Cloud(wanted, program=PROGRAM, on_wait=lambda *_: None) as cloud:
        issued = _issued(cloud, person, program)
        cloud.sign_for(issued)
        try:
            _ping(cloud, person.email)
            place.store(issued)
        except BaseException:
            with contextlib.suppress(U1Error):  # the first error is the one to tell
                revoke_current(cloud)
            raise
    return issued


def _ping(cloud: Cloud, email: str) -> None:
    """Complete the log-in (REST contract, 14.3)."""
    try:
        cloud.ping(email)
    except SignedOutError as error:
        text = (
            "The cloud took the password but does not accept what it gave for it. If it is behind "
            "a proxy, whoever runs it has to name that proxy in trusted_proxies."
        )
        raise SignedOutError(text, code=error.code) from None


def _issued(cloud: Cloud, person: Person, program: str) -> Credentials:
    """A token (REST contract, 14.2); asks for two-factor codes as long as there are any."""
    name = token_name(person.device or os.uname().nodename, program)
    code = ""
    while True:
        try:
            return cloud.issue_token(person.email, person.password, name, code)
        except U1Error as error:
            if error.code not in _WANTS_CODE:
                raise
            if code:
                remark(error.text)
            code = person.code()
            if not code:
                raise


def revoke_current(cloud: Cloud) -> None:
    """Make the token that signs here worthless. Raises the families of `vocabulary.errors`."""
    for token in cloud.tokens():
        if token.current:
            cloud.revoke_token(token.id)
