"""Passwords: argon2id hashes, checked in equal time whether the account exists or not.

Hashing is slow on purpose; callers on an event loop run it in a thread.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# One of the equal choices that OWASP recommends: the one with the least memory, because the whole
# server stays below 100 MiB (https://cheatsheetseries.owasp.org, Password Storage).
_MEMORY_KIB = 7168
_ROUNDS = 5
_LANES = 1


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(_ROUNDS, _MEMORY_KIB, _LANES)
        self._nobody = self._hasher.hash("nobody's password")

    def hash(self, password: str) -> str:
        """The hash to store, with its salt and parameters in it."""
        return self._hasher.hash(password)

    def check(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None, for no such account, takes as long and is not."""
        try:
            self._hasher.verify(self._nobody if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)
