"""Logging in to the private cloud, by the way every program takes: the Credentials service.

Secrets pass through here and are kept, logged or shown nowhere; of a token only a fingerprint is.
"""

from __future__ import annotations

import hashlib
import time

from u1tray.bus import blocking
from u1tray.bus import credentials as members
from u1tray.bus.session import Bus
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import (
    KeyringError,
    OfflineError,
    RefusedError,
    SignedOutError,
)

LOGIN_SECONDS = 150.0  # a prompt of the keyring may take 120 of them (D-Bus contract, 9.5)
CLOUD_SECONDS = 15.0


def fingerprint(credentials: Credentials) -> str:
    """What tells one token from another and says nothing about it."""
    return hashlib.sha256(f"u1tray {credentials.token}".encode()).hexdigest()[:16]


def stored(bus: Bus) -> Credentials | None:
    """The stored credentials; None without any, and while a keyring is locked."""
    try:
        return find(bus)
    except KeyringError:
        return None


def find(bus: Bus) -> Credentials | None:
    """The stored credentials, None without any. Raises KeyringError while a keyring is locked."""
    found = blocking.call(bus, members.FIND_CREDENTIALS_SYNC, auto_start=True)
    return Credentials.from_wire(found or {})


def are_accepted(credentials: Credentials, url: str) -> bool:
    """Whether the cloud at `url` takes these credentials. Raises a U1Error when it fails."""
    settings = CloudSettings.of(url)
    with Cloud(
        settings, credentials, program="u1tray", limit=1, read_timeout_seconds=CLOUD_SECONDS
    ) as at:
        try:
            at.quota()
        except (SignedOutError, RefusedError):
            return False
    return True


def log_in(address: str, password: str) -> Credentials:
    """Credentials from login_email_password, stored by now. Raises a U1Error.

    Those that were stored already are the answer too (T27): the caller checks whose they are.
    """
    fields = {"email": address, "password": password}
    signals = [members.CREDENTIALS_FOUND, members.CREDENTIALS_ERROR]
    listener = blocking.Listener(signals)
    try:
        blocking.call(listener.bus, members.LOGIN_EMAIL_PASSWORD, fields, auto_start=True)
        deadline = time.monotonic() + LOGIN_SECONDS
        heard = listener.next(deadline - time.monotonic())
    finally:
        listener.close()
    if heard is None:
        text = f"The credentials service did not log in within {LOGIN_SECONDS:.0f} s."
        raise OfflineError(text)
    signal, (found,) = heard
    credentials = Credentials.from_wire(found) if signal == members.CREDENTIALS_FOUND else None
    if credentials is None:
        raise _failure(found)
    return credentials


def clear(bus: Bus) -> None:
    """Forget what is stored. Raises a U1Error."""
    listener = blocking.Listener([members.CREDENTIALS_CLEARED, members.CREDENTIALS_ERROR])
    try:
        blocking.call(listener.bus, members.CLEAR_CREDENTIALS, auto_start=True)
        heard = listener.next(members.REPLY_SECONDS)
    finally:
        listener.close()
    if heard is None:
        text = "The credentials service did not answer."
        raise OfflineError(text)
    if heard[0] == members.CREDENTIALS_ERROR:
        raise _failure(heard[1][0])


def _failure(found: dict[str, str]) -> RefusedError | KeyringError:
    errtype = str(found.get("errtype", ""))
    told = str(found.get("message", "")) or errtype or "no reason given"
    if errtype.startswith("Keyring"):
        return KeyringError(f"The credentials could not be stored: {told}", code=errtype)
    return RefusedError(f"The log-in to the private cloud failed: {told}", code=errtype)
