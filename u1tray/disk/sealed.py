"""Bytes sealed with a passphrase: scrypt and an authenticated cipher (D-Bus contract, 9.5).

Pure but for the random salt and nonce; opens no file.
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

VERSION = 1
# The contract fixes them; a file that asks for others (such as 64 GB of memory) is refused.
_COST = {"n": 2**15, "r": 8, "p": 1}
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_MEMORY_BYTES = 64 * 1024 * 1024  # that scrypt may use: it needs half of it

# Of a passphrase and a salt.
Derive = Callable[[bytes, bytes], bytes]


class BrokenSealError(Exception):
    """Not a sealed file of ours."""


class WrongPassphraseError(Exception):
    """The passphrase does not open it, or somebody changed it."""


def derive(passphrase: bytes, salt: bytes) -> bytes:
    """The key. Takes its time, while other threads run."""
    return hashlib.scrypt(passphrase, salt=salt, **_COST, maxmem=_MEMORY_BYTES, dklen=_KEY_BYTES)


def salt_of(sealed: bytes) -> bytes:
    """With what its key is derived. Raises BrokenSealError."""
    return b64decode(str(_read(sealed)[0]["salt"]))


def seal(data: bytes, passphrase: bytes) -> bytes:
    """The sealed form: JSON, of which everything but `data` is authenticated too."""
    header = {
        "version": VERSION,
        "kdf": "scrypt",
        **_COST,
        "salt": _text(os.urandom(_SALT_BYTES)),
        "cipher": "chacha20-poly1305",
        "nonce": _text(os.urandom(_NONCE_BYTES)),
    }
    sealed = _cipher(header, passphrase, derive).encrypt(
        b64decode(str(header["nonce"])), data, _authenticated(header)
    )
    return json.dumps({**header, "data": _text(sealed)}, indent=1).encode() + b"\n"


def unseal(sealed: bytes, passphrase: bytes, by: Derive = derive) -> bytes:
    """What was sealed, with the key as it is derived `by` somebody.

    Raises BrokenSealError or WrongPassphraseError.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in _cipher

    header, nonce, data = _read(sealed)
    try:
        return _cipher(header, passphrase, by).decrypt(nonce, data, _authenticated(header))
    except InvalidTag:
        raise WrongPassphraseError from None


def _read(sealed: bytes) -> tuple[dict[str, object], bytes, bytes]:
    try:
        header = json.loads(sealed)
        data = b64decode(header.pop("data"), validate=True)
        nonce = b64decode(header["nonce"], validate=True)
        salt = b64decode(header["salt"], validate=True)
        fixed = {"version": VERSION, "kdf": "scrypt", **_COST, "cipher": "chacha20-poly1305"}
        right = {**header, **fixed} == header
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BrokenSealError from None
    if not right or len(nonce) != _NONCE_BYTES or len(salt) != _SALT_BYTES:
        raise BrokenSealError
    return header, nonce, data


def _cipher(header: dict[str, object], passphrase: bytes, by: Derive) -> ChaCha20Poly1305:
    # Loaded for a vault only: most sessions have a keyring and never come here.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415

    return ChaCha20Poly1305(by(passphrase, b64decode(str(header["salt"]))))


def _authenticated(header: dict[str, object]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
