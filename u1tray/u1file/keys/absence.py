"""What it means that the Credentials service did not help. Knows no bus."""

from __future__ import annotations

from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.errors import U1Error

_ABSENT = (names.SERVICE_UNKNOWN, names.NAME_HAS_NO_OWNER)


def is_absent(error: U1Error) -> bool:
    """Whether there is no service, or no keyring behind it, so that another place may be tried."""
    missing = error.code.rpartition(".")[2] == CredentialsErrorType.KEYRING_NOT_AVAILABLE.value
    return missing or error.code in _ABSENT
