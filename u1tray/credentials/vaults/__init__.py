"""Places that keep one account's credentials: the Secret Service, an encrypted file, memory.

All behave alike; the same contract tests hold them to it (D-Bus contract, 9.4 and 9.5).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from u1tray.vocabulary.credentials import Credentials


class Asking(Enum):
    """Whether a locked vault may ask the person to unlock it (D-Bus contract, 9.5)."""

    NEVER = "never"  # find_credentials_sync: KeyringLocked at once
    UNLESS_JUST_REFUSED = "unless just refused"  # quiet for 60 s after a dismissed prompt
    ALWAYS = "always"  # a log-in: the person is there


def nobody_waits() -> None:
    """The `waiting` of callers who do not care."""


class Vault(Protocol):
    """One place. `waiting` is called before a person or anything slow is waited for.

    All raise KeyringError with the code `KeyringLocked` or `KeyringNotAvailable`.
    """

    async def find(
        self, asking: Asking, waiting: Callable[[], None] = nobody_waits
    ) -> Credentials | None:
        """The stored credentials, None when there are none for certain."""

    async def store(
        self,
        credentials: Credentials,
        asking: Asking,
        waiting: Callable[[], None] = nobody_waits,
    ) -> None:
        """Keep these and no others."""

    async def clear(self, asking: Asking, waiting: Callable[[], None] = nobody_waits) -> None:
        """Keep none; no error when there were none."""
