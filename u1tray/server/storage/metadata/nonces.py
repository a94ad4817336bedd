"""Rows of used nonces."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from u1tray.server.storage.metadata.schema import nonces
from u1tray.server.storage.metadata.statement import Statement

_VALUES: dict[str, Any] = {"digest": bindparam("digest"), "expires_at": bindparam("expires_at")}
_ENTER = {
    "sqlite": Statement(sqlite.insert(nonces).values(_VALUES).on_conflict_do_nothing()),
    "postgresql": Statement(postgresql.insert(nonces).values(_VALUES).on_conflict_do_nothing()),
}
_EXPIRED = select(nonces.c.digest).where(nonces.c.expires_at < bindparam("now"))
# Another process may be at the same; what it has in hand is left to it.
_FORGET = delete(nonces).where(nonces.c.digest.in_(_EXPIRED.with_for_update(skip_locked=True)))


def enter(connection: Connection, digest: bytes, expires_at: float) -> bool:
    """Remember a digest, atomically; False when it is remembered already."""
    statement = _ENTER[connection.dialect.name]
    return statement.run(connection, digest=digest, expires_at=expires_at).rowcount == 1


def remove(connection: Connection, digest: bytes) -> None:
    """Forget a digest."""
    connection.execute(delete(nonces).where(nonces.c.digest == digest))


def forget_expired(connection: Connection, now: float) -> None:
    """Forget every digest that expired before `now`."""
    connection.execute(_FORGET, {"now": now})
