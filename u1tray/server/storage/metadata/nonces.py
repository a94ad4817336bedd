"""Rows of used nonces."""

from __future__ import annotations

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from u1tray.server.storage.metadata.schema import nonces

# Built once: on the way of every signed request.
_ENTER = {
    "sqlite": sqlite.insert(nonces).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(nonces).on_conflict_do_nothing(),
}


def enter(connection: Connection, digest: bytes, expires_at: float) -> bool:
    """Remember a digest, atomically; False when it is remembered already."""
    statement = _ENTER[connection.dialect.name]
    done = connection.execute(statement, {"digest": digest, "expires_at": expires_at})
    return done.rowcount == 1


def remove(connection: Connection, digest: bytes) -> None:
    """Forget a digest."""
    connection.execute(delete(nonces).where(nonces.c.digest == digest))


def forget_expired(connection: Connection, now: float) -> None:
    """Forget every digest that expired before `now`."""
    connection.execute(delete(nonces).where(nonces.c.expires_at < now))
