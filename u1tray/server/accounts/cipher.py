"""Secrets at rest: sealed with AES-256-GCM under the server key (REST contract, 13.5).

HMAC needs the secrets back, so they cannot be hashed as passwords are.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class WrongKeyError(Exception):
    """Something was sealed under another key, for another place, or is damaged."""


class Cipher:
    """Seals and opens texts. What was sealed for one `place` opens only for that place."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, text: str, place: str) -> bytes:
        """The sealed text: nonce, ciphertext and tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The text that was sealed. Raises WrongKeyError."""
        try:
            opened = self._aead.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode()
            )
        except (InvalidTag, ValueError) as error:
            message = f"cannot open the secret of {place}: wrong server key, or damaged data"
            raise WrongKeyError(message) from error
        return opened.decode()


def consumer_place(consumer_key: str) -> str:
    """The place of an account's consumer secret."""
    return f"consumer {consumer_key}"


def token_place(token_id: str) -> str:
    """The place of a token's secret."""
    return f"token {token_id}"


def two_factor_place(account_id: int) -> str:
    """The place of an account's second factor."""
    return f"two-factor {account_id}"
