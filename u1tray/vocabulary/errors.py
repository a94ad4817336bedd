"""One root error with families, and the one table of what each family means outside.

A family's text is for people and holds no secret; `code` is the REST contract's slug or the
D-Bus contract's errtype where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class U1Error(Exception):
    """Something that went wrong in a way we know. The text says what to do next."""

    def __init__(self, text: str, *, code: str = "", oops_id: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.oops_id = oops_id


class UsageError(U1Error):
    """The command line or a configuration file asks for what cannot be."""


class OfflineError(U1Error):
    """No connection, no reply in time, or TLS failed."""


class SignedOutError(U1Error):
    """No credentials, or the server does not take them any more: log in again."""


class RefusedError(U1Error):
    """The server or the bus understood and refused."""


class NotFoundError(U1Error):
    """No such account, volume, node, service or file."""


class ConflictError(U1Error):
    """It changed meanwhile, or is there already."""


class QuotaError(U1Error):
    """Out of space, at the server or on this disk."""


class BusyError(U1Error):
    """The server asks to come back later; `retry_after` in seconds where it said so."""

    def __init__(
        self, text: str, *, code: str = "", oops_id: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(text, code=code, oops_id=oops_id)
        self.retry_after = retry_after


class ServerError(U1Error):
    """The server failed internally; `oops_id` names the report."""


class ContractError(U1Error):
    """The other side does not speak the contract."""


class KeyringError(U1Error):
    """The keyring or the vault is locked or absent."""


# With it the sync daemon asks whoever started it for a new start (D-Bus contract, 10.1).
INTERNAL_ERROR_EXIT_CODE = 42


@dataclass(frozen=True)
class Meaning:
    """A family's exit code and the D-Bus errtype it travels as."""

    exit_code: int
    errtype: str


MEANINGS: Mapping[type[U1Error], Meaning] = {
    U1Error: Meaning(1, "CredentialsError"),
    UsageError: Meaning(2, "CredentialsError"),
    SignedOutError: Meaning(3, "AuthenticationError"),
    NotFoundError: Meaning(4, "CredentialsError"),
    RefusedError: Meaning(5, "CredentialsError"),
    ConflictError: Meaning(6, "CredentialsError"),
    QuotaError: Meaning(7, "CredentialsError"),
    OfflineError: Meaning(8, "NetworkError"),
    BusyError: Meaning(9, "ServerError"),
    ServerError: Meaning(10, "ServerError"),
    ContractError: Meaning(11, "ServerError"),
    KeyringError: Meaning(12, "KeyringNotAvailable"),
}


def meaning_of(error: U1Error) -> Meaning:
    """The row of the nearest family."""
    return next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
