"""The account's credentials, asked of the Credentials service on the session bus.

Waits; keeps nothing. A secret goes into a call's arguments and nowhere else (D-Bus contract, 9).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from u1tray.bus import blocking
from u1tray.bus import credentials as service
from u1tray.bus.blocking import Listener
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import (
    BusyError,
    KeyringError,
    NotFoundError,
    OfflineError,
    RefusedError,
    ServerError,
    SignedOutError,
    U1Error,
)

# A person may have to unlock a keyring (120 s) and the network may be slow.
OUTCOME_LIMIT_SECONDS = 180.0

_FAMILIES: Mapping[CredentialsErrorType, type[U1Error]] = {
    CredentialsErrorType.AUTHENTICATION: SignedOutError,
    CredentialsErrorType.TWO_FACTOR_REQUIRED: SignedOutError,
    CredentialsErrorType.TWO_FACTOR_FAILURE: SignedOutError,
    CredentialsErrorType.TOO_MANY_ATTEMPTS: BusyError,
    CredentialsErrorType.KEYRING_LOCKED: KeyringError,
    CredentialsErrorType.KEYRING_NOT_AVAILABLE: KeyringError,
    CredentialsErrorType.NETWORK: OfflineError,
    CredentialsErrorType.SERVER: ServerError,
}
_NOT_INSTALLED = (
    "The Credentials service is not installed for this session. "
    "Run u1tray --embedded once, or install u1tray for this computer."
)


def find(*, may_ask: bool = True) -> Credentials | None:
    """The stored credentials, None for none; may ask the person to unlock a locked keyring.

    Raises KeyringError and others.
    """
    try:
        with _bus() as bus:
            found = blocking.call(bus, service.FIND_CREDENTIALS_SYNC, auto_start=True)
    except KeyringError as error:
        if not (may_ask and error.code.endswith(CredentialsErrorType.KEYRING_LOCKED.value)):
            raise
        ends = (service.CREDENTIALS_FOUND, service.CREDENTIALS_NOT_FOUND)
        found = next(iter(_request(service.FIND_CREDENTIALS, (), *ends)), None)
    return Credentials.from_wire(found or {})


def clear() -> None:
    """Remove the stored credentials."""
    _request(service.CLEAR_CREDENTIALS, (), service.CREDENTIALS_CLEARED)


def store(credentials: Credentials) -> None:
    """Keep these and no others."""
    _request(service.STORE_CREDENTIALS, (credentials.to_wire(),), service.CREDENTIALS_STORED)


def _request(method: Method, arguments: tuple[Any, ...], *successes: Signal) -> tuple[Any, ...]:
    """Call, and wait for the one signal that ends the request; its arguments."""
    with _as_installed():
        listener = Listener([*successes, service.CREDENTIALS_ERROR])
        try:
            blocking.call(listener.bus, method, *arguments, auto_start=True)
            heard = listener.next(OUTCOME_LIMIT_SECONDS)
        finally:
            listener.close()
    if heard is None:
        text = "The Credentials service did not answer in time. Try again."
        raise OfflineError(text)
    signal, values = heard
    if signal in successes:
        return values
    raise error_of(values[0])


def error_of(error: Mapping[str, str]) -> U1Error:
    """The error in a CredentialsError dict; its text may be missing (9.3)."""
    errtype, text = error.get("errtype", ""), error.get("message", "")
    # The real service puts the inner errtype into the message of a general error.
    known = {member.value: member for member in CredentialsErrorType}
    if errtype == CredentialsErrorType.GENERAL.value and text in known:
        errtype, text = text, ""
    family = _FAMILIES.get(known.get(errtype, CredentialsErrorType.GENERAL), RefusedError)
    return family(text or "Log-in failed.", code=errtype, oops_id=error.get("oops_id", ""))


@contextlib.contextmanager
def _bus() -> Iterator[Bus]:
    with _as_installed():
        bus = blocking.open_session()
        try:
            yield bus
        finally:
            bus.close()


@contextlib.contextmanager
def _as_installed() -> Iterator[None]:
    """Say what an absent service means."""
    try:
        yield
    except NotFoundError as error:
        if error.code in (names.SERVICE_UNKNOWN, names.NAME_HAS_NO_OWNER):
            raise NotFoundError(_NOT_INSTALLED, code=error.code) from None
        raise
