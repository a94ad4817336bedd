"""The keyring, and where there is none the encrypted file a person set up (D-Bus contract, 9.5)."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.credentials import rules
from u1tray.credentials.vaults import Asking, Vault, nobody_waits
from u1tray.credentials.vaults.encrypted_file import EncryptedFileVault
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError


class AutomaticVault:
    """A locked keyring stays the answer; only an absent one gives way to the file."""

    def __init__(self, keyring: Vault, file: EncryptedFileVault) -> None:
        self._keyring = keyring
        self._file = file

    async def find(
        self, asking: Asking, waiting: Callable[[], None] = nobody_waits
    ) -> Credentials | None:
        """See `Vault`."""
        try:
            found = await self._keyring.find(asking, waiting)
        except KeyringError as error:
            self._give_way(error)
            return await self._file.find(asking, waiting)
        if found is None and self._file.has_passphrase:
            return await self._file.find(asking, waiting)
        return found

    async def store(
        self,
        credentials: Credentials,
        asking: Asking,
        waiting: Callable[[], None] = nobody_waits,
    ) -> None:
        """See `Vault`. What the keyring keeps, the file no longer does."""
        try:
            await self._keyring.store(credentials, asking, waiting)
        except KeyringError as error:
            self._give_way(error)
            await self._file.store(credentials, asking, waiting)
        else:
            await self._file.clear(asking, waiting)

    async def clear(self, asking: Asking, waiting: Callable[[], None] = nobody_waits) -> None:
        """See `Vault`. Clears both."""
        try:
            await self._keyring.clear(asking, waiting)
        except KeyringError as error:
            self._give_way(error)
        await self._file.clear(asking, waiting)

    def _give_way(self, error: KeyringError) -> None:
        if not (rules.is_not_available(error) and self._file.is_set_up):
            raise error
