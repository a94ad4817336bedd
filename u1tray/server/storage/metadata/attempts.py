"""Rows of attempts: failed ones, and those that are being looked at."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from u1tray.server.storage.metadata import locks
from u1tray.server.storage.metadata.schema import password_attempts as attempts


def lock(connection: Connection, subjects: Iterable[bytes]) -> None:
    """Let nobody else count these subjects until the transaction ends."""
    locks.lock(connection, *subjects)


def since(connection: Connection, subject: bytes, moment: float) -> list[float]:
    """When a subject attempted something after a moment, oldest first."""
    query = select(attempts.c.at).where(attempts.c.subject == subject, attempts.c.at > moment)
    return list(connection.execute(query.order_by(attempts.c.at)).scalars())


def add(connection: Connection, subject: bytes, now: float) -> int:
    """The id of a new attempt."""
    done = connection.execute(insert(attempts).values(subject=subject, at=now))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def remove(connection: Connection, numbers: list[int]) -> None:
    """Forget attempts."""
    connection.execute(delete(attempts).where(attempts.c.id.in_(numbers)))


def forget_before(connection: Connection, moment: float) -> None:
    """Forget every attempt up to a moment, but for those that another transaction forgets."""
    old = select(attempts.c.id).where(attempts.c.at <= moment)
    free = old.with_for_update(skip_locked=True)
    connection.execute(delete(attempts).where(attempts.c.id.in_(free)))
