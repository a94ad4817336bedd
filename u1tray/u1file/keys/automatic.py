"""The Credentials service, and the encrypted file where it, or its keyring, is missing."""

from __future__ import annotations

from u1tray.u1file.keys import service
from u1tray.u1file.keys.absence import is_absent
from u1tray.u1file.keys.vault import VaultKeys
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError, NotFoundError


class AutomaticKeys:
    """A locked keyring stays the answer, unless there is a file that this computer uses."""

    def __init__(self, vault: VaultKeys, *, may_ask: bool) -> None:
        self._vault = vault
        self._may_ask = may_ask

    def find(self) -> Credentials | None:
        """See `Keys`."""
        try:
            found = service.find(may_ask=self._may_ask and not self._vault.exists)
        except (KeyringError, NotFoundError) as error:
            stands_in = self._vault.is_set_up if is_absent(error) else self._vault.exists
            if not stands_in:
                raise
            return self._vault.find()
        if found is None and self._vault.exists:
            return self._vault.find()
        return found

    def store(self, credentials: Credentials) -> None:
        """See `Keys`. What the service keeps, the file no longer does."""
        try:
            service.store(credentials)
        except (KeyringError, NotFoundError) as error:
            if not (is_absent(error) and self._vault.is_usable):
                raise
            self._vault.store(credentials)

    def clear(self) -> None:
        """See `Keys`. Clears both."""
        try:
            service.clear()
        except (KeyringError, NotFoundError):
            if not self._vault.is_set_up:
                raise
        self._vault.clear()
