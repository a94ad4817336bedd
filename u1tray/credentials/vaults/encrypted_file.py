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
from u1tray.disk import vault
from u1tray.disk.vault import PassphraseError
from u1tray.disk.vault_files import PASSPHRASE_VARIABLE, vault_file
from u1tray.vocabulary.credentials import Credentials

__all__ = ["EncryptedFileVault", "PassphraseError", "vault_file"]


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
        return vault.exists(self._path)

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
        vault.remove(self._path)

    def _find(self) -> Credentials | None:
        secret = vault.load(self._path, self._passphrase)
        if secret is None:
            return None
        found = rules.decode_secret(secret, self._host)
        if found is None:
            raise vault.empty(self._path)
        return found

    def _store(self, credentials: Credentials) -> None:
        vault.save(self._path, rules.encode_secret(credentials), self._passphrase())

    def _passphrase(self) -> bytes:
        if self._said is not None:
            return self._said
        if not self.has_passphrase:
            text = (
                "The vault needs its passphrase: log in by the window, or name a file with it in "
                f"{PASSPHRASE_VARIABLE}."
            )
            raise PassphraseError(text, is_wrong=False)
        return vault.passphrase_in(Path(self._passphrase_file))
