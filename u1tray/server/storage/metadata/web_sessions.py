"""Rows of web sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from u1tray.server.accounts.values import Account
from u1tray.server.storage.metadata.accounts import ACCOUNT_COLUMNS, account_of
from u1tray.server.storage.metadata.schema import accounts, web_sessions

_COLUMNS = tuple(
    web_sessions.c[name]
    for name in (
        "id",
        "account_id",
        "stage",
        "password_mark",
        "created_at",
        "seen_at",
        "agent",
        "notice",
    )
)
_SELECT = select(*_COLUMNS)
_ALL: tuple[Any, ...] = (*ACCOUNT_COLUMNS, accounts.c.password_hash, *_COLUMNS)
_WITH_ACCOUNT = select(*_ALL).join_from(
    web_sessions, accounts, web_sessions.c.account_id == accounts.c.id
)


@dataclass(frozen=True)
class SessionRow:
    """One stored session; `notice` is JSON. Times in Unix seconds."""

    id: int
    account_id: int
    stage: str
    password_mark: bytes
    created_at: float
    seen_at: float
    agent: str
    notice: str | None


def mark_of(password_hash: str) -> bytes:
    """What a session keeps of the stored hash: it ends when that is another."""
    return hashlib.sha256(password_hash.encode()).digest()


def add(
    connection: Connection,
    id_hash: bytes,
    account_id: int,
    *,
    stage: str,
    password_mark: bytes,
    agent: str,
    now: float,
) -> None:
    """Store a new session."""
    connection.execute(
        insert(web_sessions).values(
            id_hash=id_hash,
            account_id=account_id,
            stage=stage,
            password_mark=password_mark,
            created_at=now,
            seen_at=now,
            agent=agent,
        )
    )


def with_account(connection: Connection, id_hash: bytes) -> tuple[SessionRow, Account, str] | None:
    """The session of a hashed id with its account and the stored hash of the password."""
    query = _WITH_ACCOUNT.where(web_sessions.c.id_hash == id_hash)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    width = len(ACCOUNT_COLUMNS)
    return SessionRow(*row[width + 1 :]), account_of(row), row[width]


def of_account(connection: Connection, account_id: int) -> list[SessionRow]:
    """The sessions of an account, last seen first."""
    query = _SELECT.where(web_sessions.c.account_id == account_id)
    ordered = query.order_by(web_sessions.c.seen_at.desc(), web_sessions.c.id.desc())
    return [SessionRow(*row) for row in connection.execute(ordered)]


def change(connection: Connection, session_id: int, /, **columns: Any) -> None:
    """Set columns of a session."""
    statement = update(web_sessions).where(web_sessions.c.id == session_id)
    connection.execute(statement.values(**columns))


def replace_marks(connection: Connection, account_id: int, stored: str, fresh: str) -> None:
    """Let the sessions under one hash of a password go on under another."""
    statement = update(web_sessions).where(
        web_sessions.c.account_id == account_id,
        web_sessions.c.password_mark == mark_of(stored),
    )
    connection.execute(statement.values(password_mark=mark_of(fresh)))


def remove(connection: Connection, account_id: int, session_id: int) -> None:
    """End a session of an account."""
    connection.execute(
        delete(web_sessions).where(
            web_sessions.c.id == session_id, web_sessions.c.account_id == account_id
        )
    )


def remove_others(connection: Connection, account_id: int, kept_id: int) -> None:
    """End every session of an account but one."""
    connection.execute(
        delete(web_sessions).where(
            web_sessions.c.account_id == account_id, web_sessions.c.id != kept_id
        )
    )


def forget(connection: Connection, *, created_before: float, seen_before: float) -> None:
    """End the sessions of all accounts that are too old."""
    connection.execute(delete(web_sessions).where(web_sessions.c.created_at < created_before))
    connection.execute(delete(web_sessions).where(web_sessions.c.seen_at < seen_before))
