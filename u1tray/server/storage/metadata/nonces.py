"""Rows of used nonces."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert
from sqlalchemy.exc import IntegrityError

from u1tray.server.storage.metadata.schema import nonces


def enter(connection: Connection, digest: bytes, expires_at: float) -> bool:
    """Remember a digest, atomically; False when it is remembered already."""
    try:
        with connection.begin_nested():
            connection.execute(insert(nonces).values(digest=digest, expires_at=expires_at))
    except IntegrityError:
        return False
    return True


def remove(connection: Connection, digest: bytes) -> None:
    """Forget a digest."""
    connection.execute(delete(nonces).where(nonces.c.digest == digest))


def forget_expired(connection: Connection, now: float) -> None:
    """Forget every digest that expired before `now`."""
    connection.execute(delete(nonces).where(nonces.c.expires_at < now))
