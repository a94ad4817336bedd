"""Secrets at rest: sealed with AES-256-GCM under the server key (REST contract, 13.5).

HMAC needs the secrets back, so they cannot be hashed as passwords are. What is sealed names its
key, so that the key can be changed while servers run (see `rotation`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_ID_BYTES = 4
PROOF = "server_key_proof"  # sealed for itself, it says which key a database is at
_NONCE_BYTES = 12
_HEAD_BYTES = KEY_ID_BYTES + _NONCE_BYTES


class WrongKeyError(Exception):
    """Something was sealed under another key, for another place, or is damaged."""


def key_id(key: bytes) -> bytes:
    """What names a key without telling it."""
    return hashlib.sha256(b"u1server key id" + key).digest()[:KEY_ID_BYTES]


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that something was sealed under."""
    return sealed[:KEY_ID_BYTES]


class Cipher:
    """Seals and opens texts. What was sealed for one `place` opens only for that place.

    Seals under the first key unless told another one's id. Used by any number of threads.
    """

    def __init__(self, key: bytes, *more: bytes) -> None:
        self._first = key_id(key)
        self._aeads = _aeads((key, *more))
        self._reload: Callable[[], Iterable[bytes]] | None = None

    def reloading(self, reload: Callable[[], Iterable[bytes]]) -> Cipher:
        """Itself, from now on with the keys of `reload` too, asked when an unknown one is met."""
        self._reload = reload
        return self

    def seal(self, text: str, place: str, under: bytes | None = None) -> bytes:
        """The sealed text: key id, nonce, ciphertext and tag. Raises WrongKeyError."""
        chosen = self._first if under is None else under
        nonce = os.urandom(_NONCE_BYTES)
        return (
            chosen + nonce + self._aead(chosen, place).encrypt(nonce, text.encode(), place.encode())
        )

    def open(self, sealed: bytes, place: str) -> str:
        """The text that was sealed. Raises WrongKeyError."""
        aead = self._aead(key_id_of(sealed), place)
        nonce, ciphertext = sealed[KEY_ID_BYTES:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        try:
            opened = aead.decrypt(nonce, ciphertext, place.encode())
        except (InvalidTag, ValueError) as error:
            raise _wrong_key(place) from error
        return opened.decode()

    def _aead(self, wanted: bytes, place: str) -> AESGCM:
        found = self._aeads.get(wanted)
        if found is None and self._reload is not None:
            # The ones known until now stay: a reader may still see what they sealed.
            self._aeads = {**self._aeads, **_aeads(self._reload())}
            found = self._aeads.get(wanted)
        if found is None:
            raise _wrong_key(place)
        return found


def consumer_place(consumer_key: str) -> str:
    """The place of an account's consumer secret."""
    return f"consumer {consumer_key}"


def token_place(token_id: str) -> str:
    """The place of a token's secret."""
    return f"token {token_id}"


def two_factor_place(account_id: int | str) -> str:
    """The place of an account's second factor."""
    return f"two-factor {account_id}"


def _aeads(keys: Iterable[bytes]) -> dict[bytes, AESGCM]:
    return {key_id(key): AESGCM(key) for key in keys}


def _wrong_key(place: str) -> WrongKeyError:
    return WrongKeyError(f"cannot open the secret of {place}: wrong server key, or damaged data")
