"""A vault that forgets with the process: for tests of what stands on vaults."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.credentials.vaults import Asking, nobody_waits
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError


class MemoryVault:
    """Keeps credentials in memory; `failure`, if set, is what every call raises."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.credentials = credentials
        self.failure: KeyringError | None = None

    async def find(
        self, asking: Asking, waiting: Callable[[], None] = nobody_waits
    ) -> Credentials | None:
        """See `Vault`."""
        self._fail()
        return self.credentials

    async def store(
        self,
        credentials: Credentials,
        asking: Asking,
        waiting: Callable[[], None] = nobody_waits,
    ) -> None:
        """See `Vault`."""
        self._fail()
        self.credentials = credentials

    async def clear(self, asking: Asking, waiting: Callable[[], None] = nobody_waits) -> None:
        """See `Vault`."""
        self._fail()
        self.credentials = None

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
