"""Logging in from Python, for the other examples: a token for one run, revoked at its end."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from collections.abc import Iterator

from u1tray.rest import Cloud
from u1tray.rest.requests import token_name
from u1tray.rest.settings import CloudSettings, load
from u1tray.vocabulary.errors import U1Error, meaning_of


@contextlib.contextmanager
def log_in(program: str) -> Iterator[Cloud]:
    """The cloud, signed for the account that the person names. Ends the program on a failure."""
    try:
        with _logged_in(program) as cloud:
            yield cloud
    except U1Error as error:  # its text says what to do next and holds no secret
        print(error.text, file=sys.stderr)
        sys.exit(meaning_of(error).exit_code)


@contextlib.contextmanager
def _logged_in(program: str) -> Iterator[Cloud]:
    # U1_API_URL, or what u1file login or the indicator remembered.
    settings = load() or CloudSettings.of(_asked("The cloud's address"))
    with Cloud(settings, program=program) as cloud:
        email = _asked("E-mail")
        password = getpass.getpass() if sys.stdin.isatty() else input()
        cloud.sign_for(cloud.issue_token(email, password, token_name(os.uname().nodename, program)))
        cloud.ping(email)
        try:
            yield cloud
        finally:
            (token,) = (each for each in cloud.tokens() if each.current)
            cloud.revoke_token(token.id)


def _asked(what: str) -> str:
    return input(f"{what}: " if sys.stdin.isatty() else "")
