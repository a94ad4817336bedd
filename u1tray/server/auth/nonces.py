"""The memory of used nonces, shared by all processes (REST contract, 13.4)."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from u1tray.server.auth.parameters import OAuthParameters
from u1tray.server.storage.metadata import nonces as rows
from u1tray.server.storage.workers import Workers

TOLERANCE_S = 300
_CLEAN_UP_EVERY_S = 60.0
_MARGIN_S = 60.0  # a check that began earlier, or by a slower clock, still looks for them


def digest(oauth: OAuthParameters) -> bytes:
    """What is remembered of consumer key, token, timestamp, nonce and signature."""
    parts = (oauth.consumer_key, oauth.token, str(oauth.timestamp), oauth.nonce, oauth.signature)
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % len(data) + data)
    return hashed.digest()


class NonceMemory:
    """Enters and removes used tuples. A loss of power may forget the last ones, a crash not."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._cleaned_at = 0.0

    def enter(self, connection: Connection, entry: bytes, timestamp: int, now: float) -> bool:
        """Remember an entry until it is too old anyway; False when it is there already."""
        if abs(now - self._cleaned_at) >= _CLEAN_UP_EVERY_S:
            self._cleaned_at = now
            rows.forget_expired(connection, now - _MARGIN_S)
        return rows.enter(connection, entry, timestamp + TOLERANCE_S)

    def take_back(self, connection: Connection, entry: bytes) -> None:
        """Forget an entry of the same transaction."""
        rows.remove(connection, entry)

    async def remove(self, entry: bytes) -> None:
        """Forget an entry, so that the same request may be sent again."""
        await self._workers.note(rows.remove, entry)
