"""How a request ends: exactly one signal, as a value (D-Bus contract, 9.1 and 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from u1tray.credentials import rules
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import U1Error


@dataclass(frozen=True)
class Outcome:
    """A signal's name and its dict, None for a signal without arguments. The repr hides it."""

    signal: str
    value: Mapping[str, str] | None = field(default=None, repr=False)


NOT_FOUND = Outcome("CredentialsNotFound")
CLEARED = Outcome("CredentialsCleared")
STORED = Outcome("CredentialsStored")
DENIED = Outcome("AuthorizationDenied")


def found(credentials: Credentials) -> Outcome:
    """CredentialsFound."""
    return Outcome("CredentialsFound", credentials.to_wire())


def failed(error: U1Error) -> Outcome:
    """CredentialsError."""
    return Outcome("CredentialsError", rules.error_dict(error))
