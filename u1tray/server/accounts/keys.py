"""New keys and secrets, from a secure random source (REST contract, 13.5)."""

from __future__ import annotations

import secrets
import string
from typing import Protocol

_LETTERS = string.ascii_letters
_ALPHANUMERIC = string.ascii_letters + string.digits


class KeySource(Protocol):
    """Where new keys come from."""

    def consumer_key(self) -> str:
        """7 characters `A-Za-z0-9`."""

    def consumer_secret(self) -> str:
        """30 letters."""

    def token(self) -> str:
        """50 letters."""

    def token_secret(self) -> str:
        """50 letters."""

    def token_id(self) -> str:
        """An opaque id that says nothing about the token."""


class RandomKeys:
    """Keys nobody can guess."""

    def consumer_key(self) -> str:
        return _random(_ALPHANUMERIC, 7)

    def consumer_secret(self) -> str:
        return _random(_LETTERS, 30)

    def token(self) -> str:
        return _random(_LETTERS, 50)

    def token_secret(self) -> str:
        return _random(_LETTERS, 50)

    def token_id(self) -> str:
        return _random(_ALPHANUMERIC, 12)


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
