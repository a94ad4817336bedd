"""The members of the Credentials service, and its secrets handed on once (D-Bus contract, 9.1).

A secret goes to one callback and is kept, logged or shown nowhere in here.
"""

from __future__ import annotations

from collections.abc import Callable

from u1tray.bus.calls import Method, call
from u1tray.bus.failures import BusError
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials

REPLY_SECONDS = 30.0


def _method(name: str, signature: str = "") -> Method:
    return Method(
        names.CREDENTIALS,
        names.CREDENTIALS_PATH,
        names.CREDENTIALS_INTERFACE,
        name,
        signature,
        REPLY_SECONDS,
    )


def _signal(name: str, arguments: int = 0) -> Signal:
    return Signal(
        names.CREDENTIALS,
        names.CREDENTIALS_PATH,
        names.CREDENTIALS_INTERFACE,
        name,
        arguments=arguments,
    )


FIND_CREDENTIALS = _method("find_credentials")
FIND_CREDENTIALS_SYNC = _method("find_credentials_sync")
CLEAR_CREDENTIALS = _method("clear_credentials")
STORE_CREDENTIALS = _method("store_credentials", "a{ss}")
LOGIN = _method("login", "a{ss}")
REGISTER = _method("register", "a{ss}")
LOGIN_EMAIL_PASSWORD = _method("login_email_password", "a{ss}")

CREDENTIALS_FOUND = _signal("CredentialsFound", 1)
CREDENTIALS_NOT_FOUND = _signal("CredentialsNotFound")
CREDENTIALS_CLEARED = _signal("CredentialsCleared")
CREDENTIALS_STORED = _signal("CredentialsStored")
AUTHORIZATION_DENIED = _signal("AuthorizationDenied")
CREDENTIALS_ERROR = _signal("CredentialsError", 1)


def find(
    bus: Bus,
    on_found: Callable[[Credentials | None], None],
    on_error: Callable[[BusError], None],
) -> None:
    """What find_credentials_sync answers, None for none; the service is started if need be."""
    call(
        bus,
        FIND_CREDENTIALS_SYNC,
        on_reply=lambda found: on_found(Credentials.from_wire(found or {})),
        on_error=on_error,
        auto_start=True,
    )
