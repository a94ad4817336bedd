"""The vault for machines without a keyring: one encrypted file (D-Bus contract, 9.5).

Its passphrase comes from an owner-only file or from a person at the log-in window, never from a
command line. What a person said is held in memory, as long as the process lives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from u1tray.credentials import rules
from u1tray.credentials.vaults import Asking, nobody_waits
from u1tray.credentials.vaults.sealed import BrokenSealError, WrongPassphraseError, seal, unseal
from u1tray.disk.files import write_atomically
from u1tray.disk.owned import (
    NotOwnedError,
    check_owned_directory,
    make_owned_directory,
    read_owned,
)
from u1tray.vocabulary import places
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import KeyringError

FILE_NAME = "credentials.vault"
PASSPHRASE_VARIABLE = "U1TRAY_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


class PassphraseError(KeyringError):
    """`KeyringLocked`, for want of the passphrase; `is_wrong` where there is one that fails."""

    def __init__(self, text: str, *, is_wrong: bool) -> None:
        super().__init__(text, code=CredentialsErrorType.KEYRING_LOCKED.value)
        self.is_wrong = is_wrong


def vault_file() -> Path:
    """`$XDG_DATA_HOME/u1tray/credentials.vault`."""
    return places.data_directory() / FILE_NAME


class EncryptedFileVault:
    """One file. Deriving the key takes a tenth of a second, in a thread."""

    def __init__(self, path: Path, environ: Mapping[str, str], host: str) -> None:
        self._path = path
        self._passphrase_file = environ.get(PASSPHRASE_VARIABLE, "")
        self._host = host
        self._said: bytes | None = None

    @property
    def exists(self) -> bool:
        """Whether the file is there, of whatever kind."""
        return self._path.is_symlink() or self._path.exists()

    @property
    def is_set_up(self) -> bool:
        """Whether a person chose this vault: the file exists, or there is a passphrase."""
        return self.exists or self.has_passphrase

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase was said or a file with it is named."""
        return self._said is not None or bool(self._passphrase_file)

    @property
    def is_opened_by_person(self) -> bool:
        """Whether the vault would close with this process."""
        return self._said is not None

    def say_passphrase(self, passphrase: str | None) -> None:
        """Use what a person said, from now on in place of the named file; None forgets it."""
        self._said = None if passphrase is None else passphrase.encode("utf-8", "surrogatepass")

    async def find(
        self, asking: Asking, waiting: Callable[[], None] = nobody_waits
    ) -> Credentials | None:
        """See `Vault`."""
        return await asyncio.to_thread(self._find)

    async def store(
        self,
        credentials: Credentials,
        asking: Asking,
        waiting: Callable[[], None] = nobody_waits,
    ) -> None:
        """See `Vault`."""
        await asyncio.to_thread(self._store, credentials)

    async def clear(self, asking: Asking, waiting: Callable[[], None] = nobody_waits) -> None:
        """See `Vault`. Needs no passphrase, and forgets what was said."""
        self._said = None
        try:
            check_owned_directory(self._path.parent)
            self._path.unlink(missing_ok=True)  # a link is removed, not what it leads to
        except FileNotFoundError:
            return
        except (NotOwnedError, OSError) as error:
            text = f"The vault cannot be removed: {error}."
            raise rules.not_available(text) from None

    def _find(self) -> Credentials | None:
        try:
            check_owned_directory(self._path.parent)
            sealed = read_owned(self._path)
        except FileNotFoundError:
            return None
        except (NotOwnedError, OSError) as error:
            text = f"The vault cannot be used: {error}."
            raise rules.not_available(text) from None
        try:
            found = rules.decode_secret(unseal(sealed, self._passphrase()), self._host)
        except WrongPassphraseError:
            text = "The passphrase does not open the vault."
            raise PassphraseError(text, is_wrong=True) from None
        except BrokenSealError:
            text = f"{self._path} is not a vault. Move it away and log in again."
            raise rules.not_available(text) from None
        if found is None:
            text = f"{self._path} holds no credentials. Move it away and log in again."
            raise rules.not_available(text)
        return found

    def _store(self, credentials: Credentials) -> None:
        sealed = seal(rules.encode_secret(credentials), self._passphrase())
        try:
            make_owned_directory(self._path.parent)
            if self._path.is_symlink():
                text = f"{self._path} is a link"
                raise NotOwnedError(text)
            write_atomically(self._path, sealed, 0o600)
        except (NotOwnedError, OSError) as error:
            text = f"The vault cannot be written: {error}."
            raise rules.not_available(text) from None

    def _passphrase(self) -> bytes:
        if self._said is not None:
            return self._said
        if not self.has_passphrase:
            text = (
                "The vault needs its passphrase: log in by the window, or name a file with it in "
                f"{PASSPHRASE_VARIABLE}."
            )
            raise PassphraseError(text, is_wrong=False)
        try:
            passphrase = read_owned(Path(self._passphrase_file)).rstrip(b"\r\n")
        except (NotOwnedError, OSError) as error:
            text = f"The passphrase file cannot be used: {error}."
            raise PassphraseError(text, is_wrong=False) from None
        if not passphrase:
            text = f"The passphrase file {self._passphrase_file} is empty."
            raise PassphraseError(text, is_wrong=False)
        return passphrase
