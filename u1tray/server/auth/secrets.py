"""Opened secrets of the tokens used last.

They never change while their token is there, and every request asks the database whether its
token may be used (`admit`), so nothing in here can be out of date. Saves a hop to the
database and two decryptions a request.
"""

from __future__ import annotations

from collections import OrderedDict

from u1tray.server.accounts.cipher import Cipher
from u1tray.server.accounts.issue import open_secrets
from u1tray.server.storage.metadata import tokens as rows
from u1tray.server.storage.workers import Workers

MAX_TOKENS = 4096

Keys = tuple[str, str]  # of consumer and token
Secrets = tuple[str, str]


class SecretMemory:
    """Lives in the event loop."""

    def __init__(self, workers: Workers, cipher: Cipher) -> None:
        self._workers = workers
        self._cipher = cipher
        self._known: OrderedDict[Keys, Secrets] = OrderedDict()

    async def of(self, keys: Keys) -> Secrets | None:
        """The secrets of consumer and token; None when the two keys do not belong."""
        known = self._known.get(keys)
        if known is None:
            found = await self._workers.find(rows.with_account, *keys)
            if found is None:
                return None
            known = self._known[keys] = open_secrets(self._cipher, *found)
            if len(self._known) > MAX_TOKENS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(keys)
        return known
