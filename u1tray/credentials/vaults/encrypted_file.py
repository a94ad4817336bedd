"""The vault for machines without a keyring: one encrypted file (D-Bus contract, 9.5).

Its passphrase comes from an owner-only file, never from a command line.
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
from u1tray.vocabulary.credentials import Credentials

FILE_NAME = "credentials.vault"
PASSPHRASE_VARIABLE = "U1TRAY_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def vault_file() -> Path:
    """`$XDG_DATA_HOME/u1tray/credentials.vault`."""
    return places.data_directory() / FILE_NAME


class EncryptedFileVault:
    """One file. Deriving the key takes a tenth of a second, in a thread."""

    def __init__(self, path: Path, environ: Mapping[str, str], host: str) -> None:
        self._path = path
        self._passphrase_file = environ.get(PASSPHRASE_VARIABLE, "")
        self._host = host

    @property
    def is_set_up(self) -> bool:
        """Whether a person chose this vault: the file exists, or a passphrase file is named."""
        return self._path.is_symlink() or self._path.exists() or self.has_passphrase

    @property
    def has_passphrase(self) -> bool:
        """Whether a passphrase file is named, so that the vault can be opened at all."""
        return bool(self._passphrase_file)

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
        """See `Vault`. Needs no passphrase."""
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
            raise rules.locked(text) from None
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
        if not self.has_passphrase:
            text = f"The vault needs a passphrase: name a file with it in {PASSPHRASE_VARIABLE}."
            raise rules.locked(text)
        try:
            passphrase = read_owned(Path(self._passphrase_file)).rstrip(b"\r\n")
        except (NotOwnedError, OSError) as error:
            text = f"The passphrase file cannot be used: {error}."
            raise rules.locked(text) from None
        if not passphrase:
            text = f"The passphrase file {self._passphrase_file} is empty."
            raise rules.locked(text)
        return passphrase
