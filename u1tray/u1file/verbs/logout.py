"""`u1file logout`: makes this computer's token worthless and forgets it."""

from __future__ import annotations

import click

from u1tray.u1file import keys
from u1tray.u1file.common import open_cloud, remark
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import SignedOutError, U1Error

REVOKE_ATTEMPTS = 2  # forgetting the token here does not wait long for the cloud


@click.command("logout")
def logout() -> None:
    """Log this computer out of the cloud."""
    credentials = keys.find()
    if credentials is None:
        remark("Not logged in.")
        return
    _revoke(credentials)
    keys.clear()
    remark("Logged out.")


def _revoke(credentials: Credentials) -> None:
    """Revoke the token where that is possible; the local copy goes in any case."""
    try:
        with open_cloud(credentials, attempts=REVOKE_ATTEMPTS) as cloud:
            for token in cloud.tokens():
                if token.current:
                    cloud.revoke_token(token.id)
    except SignedOutError:
        return  # revoked already
    except U1Error as error:
        remark(f"The cloud still knows this computer's token: {error.text}")
