"""`u1file logout`: makes this computer's token worthless and forgets it."""

from __future__ import annotations

import click

from u1tray.terminal.boundary import remark
from u1tray.u1file import keys
from u1tray.u1file.choice import chosen
from u1tray.u1file.common import json_option, open_cloud, quiet_option, show
from u1tray.u1file.verbs.login import revoke_current
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import SignedOutError, U1Error

REVOKE_ATTEMPTS = 2  # forgetting the token here does not wait long for the cloud


@click.command("logout")
@quiet_option
@json_option
def logout(quiet: bool, as_json: bool) -> None:
    """Log this computer out of the cloud."""
    place = keys.of(chosen())
    credentials = place.find()
    done = "Not logged in."
    if credentials is not None:
        _revoke(credentials)
        place.clear()
        done = "Logged out."
    if not quiet:
        remark(done)
    show("", {"logged_in": False}, as_json)


def _revoke(credentials: Credentials) -> None:
    """Revoke the token where that is possible; the local copy goes in any case."""
    try:
        with open_cloud(credentials, attempts=REVOKE_ATTEMPTS) as cloud:
            revoke_current(cloud)
    except SignedOutError:
        return  # revoked already
    except U1Error as error:
        remark(f"The cloud still knows this computer's token: {error.text}")
