"""Rows of open uploads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from u1tray.server.files.preconditions import Preconditions
from u1tray.server.storage.metadata.schema import accounts, uploads
from u1tray.server.uploads.values import Upload

_COLUMNS = tuple(
    uploads.c[name]
    for name in (
        "id",
        "account_id",
        "target",
        "if_match",
        "if_none_match",
        "length",
        "received",
        "expires_at",
    )
)


def add(connection: Connection, upload: Upload, now: float) -> None:
    """Store a new upload."""
    connection.execute(
        insert(uploads).values(
            id=upload.id,
            account_id=upload.account_id,
            target=upload.target,
            if_match=upload.preconditions.if_match,
            if_none_match=upload.preconditions.if_none_match,
            length=upload.length,
            received=upload.received,
            created_at=now,
            expires_at=upload.expires_at,
        )
    )


def by_id(connection: Connection, upload_id: str) -> Upload | None:
    """The upload of an id, expired or not."""
    found = connection.execute(select(*_COLUMNS).where(uploads.c.id == upload_id)).one_or_none()
    return None if found is None else _upload_of(found)


def count_open(connection: Connection, account_id: int, now: float) -> int:
    """How many uploads of an account are open; nobody else adds one in this transaction."""
    lock = select(accounts.c.id).where(accounts.c.id == account_id).with_for_update()
    connection.execute(lock).one()
    query = select(func.count()).where(
        uploads.c.account_id == account_id, uploads.c.expires_at > now
    )
    return connection.execute(query).scalar_one()


def record(
    connection: Connection, upload_id: str, before: int, received: int, expires_at: float
) -> bool:
    """Promise more bytes; False when the upload is gone or another went on with it."""
    done = connection.execute(
        update(uploads)
        .where(uploads.c.id == upload_id, uploads.c.received.in_((before, received)))
        .values(received=received, expires_at=expires_at)
    )
    return done.rowcount == 1


def lease(
    connection: Connection, upload_id: str, holder: str, now: float, held_until: float
) -> bool:
    """Take or prolong an upload for one holder; False while it is another's, or when it is gone."""
    free = or_(uploads.c.holder.is_(None), uploads.c.holder == holder, uploads.c.held_until <= now)
    done = connection.execute(
        update(uploads)
        .where(uploads.c.id == upload_id, free)
        .values(holder=holder, held_until=held_until)
    )
    return done.rowcount == 1


def let_go(connection: Connection, upload_id: str, holder: str) -> None:
    """Give an upload back."""
    connection.execute(
        update(uploads)
        .where(uploads.c.id == upload_id, uploads.c.holder == holder)
        .values(holder=None, held_until=None)
    )


def remove(connection: Connection, upload_id: str) -> bool:
    """Forget an upload; False when it is gone already."""
    return connection.execute(delete(uploads).where(uploads.c.id == upload_id)).rowcount == 1


def unexpired(connection: Connection, upload_ids: Collection[str], now: float) -> set[str]:
    """Which of some uploads are open."""
    query = select(uploads.c.id).where(uploads.c.id.in_(upload_ids), uploads.c.expires_at > now)
    return set(connection.execute(query).scalars())


def forget_expired(connection: Connection, before: float) -> None:
    """Forget every upload that expired before a moment."""
    connection.execute(delete(uploads).where(uploads.c.expires_at <= before))


def _upload_of(row: Any) -> Upload:
    upload_id, account_id, target, if_match, if_none_match, *rest = row
    return Upload(upload_id, account_id, target, Preconditions(if_match, if_none_match), *rest)
