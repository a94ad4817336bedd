"""One secret in an encrypted file that only its owner may read (D-Bus contract, 9.5).

Waits: deriving the key takes a tenth of a second. Keeps nothing and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from u1tray.disk.files import write_atomically
from u1tray.disk.owned import (
    NotOwnedError,
    check_owned_directory,
    make_owned_directory,
)
from u1tray.disk.sealed import (
    BrokenSealError,
    Derive,
    WrongPassphraseError,
    derive,
    seal,
    unseal,
)
from u1tray.disk.vault_files import passphrase_line, sealed_in
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.errors import KeyringError


class PassphraseError(KeyringError):
    """`KeyringLocked`, for want of the passphrase; `is_wrong` where there is one that fails."""

    def __init__(self, text: str, *, is_wrong: bool) -> None:
        super().__init__(text, code=CredentialsErrorType.KEYRING_LOCKED.value)
        self.is_wrong = is_wrong


def exists(path: Path) -> bool:
    """Whether the file is there, of whatever kind."""
    return path.is_symlink() or path.exists()


def load(path: Path, passphrase: Callable[[], bytes], by: Derive = derive) -> bytes | None:
    """The secret, None where there is no file; the passphrase is asked for only if there is.

    `by` derives the key (`disk.sealed`).
    Raises PassphraseError, or KeyringError `KeyringNotAvailable`.
    """
    try:
        sealed = sealed_in(path)
    except FileNotFoundError:
        return None
    except (NotOwnedError, OSError) as error:
        text = f"The vault cannot be used: {error}."
        raise _not_available(text) from None
    try:
        return unseal(sealed, passphrase(), by)
    except WrongPassphraseError:
        text = "The passphrase does not open the vault."
        raise PassphraseError(text, is_wrong=True) from None
    except BrokenSealError:
        text = f"{path} is not a vault. Move it away and log in again."
        raise _not_available(text) from None


def empty(path: Path) -> KeyringError:
    """What a vault means that opens and holds no credentials."""
    return _not_available(f"{path} holds no credentials. Move it away and log in again.")


def save(path: Path, secret: bytes, passphrase: bytes) -> None:
    """Write the secret, this and no other. Raises KeyringError `KeyringNotAvailable`."""
    sealed = seal(secret, passphrase)
    try:
        make_owned_directory(path.parent)
        if path.is_symlink():
            text = f"{path} is a link"
            raise NotOwnedError(text)
        write_atomically(path, sealed, 0o600)
    except (NotOwnedError, OSError) as error:
        text = f"The vault cannot be written: {error}."
        raise _not_available(text) from None


def remove(path: Path) -> None:
    """Remove the file, if any; a link itself, not what it leads to. Raises KeyringError."""
    try:
        check_owned_directory(path.parent)
        path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except (NotOwnedError, OSError) as error:
        text = f"The vault cannot be removed: {error}."
        raise _not_available(text) from None


def passphrase_in(file: Path) -> bytes:
    """The passphrase in an owner-only file. Raises PassphraseError."""
    try:
        passphrase = passphrase_line(file)
    except (NotOwnedError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        text = f"The passphrase file {file} cannot be used: {why}."
        raise PassphraseError(text, is_wrong=False) from None
    if not passphrase:
        text = f"The passphrase file {file} is empty."
        raise PassphraseError(text, is_wrong=False)
    return passphrase


def _not_available(text: str) -> KeyringError:
    return KeyringError(text, code=CredentialsErrorType.KEYRING_NOT_AVAILABLE.value)
