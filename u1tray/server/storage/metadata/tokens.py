"""Rows of tokens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from u1tray.server.accounts.values import Account, Token
from u1tray.server.changes.notes import note
from u1tray.server.changes.values import Change, Kind
from u1tray.server.storage.metadata.accounts import ACCOUNT_COLUMNS, account_of
from u1tray.server.storage.metadata.schema import accounts, tokens
from u1tray.server.storage.metadata.statement import Statement

_COLUMNS = tuple(
    tokens.c[name]
    for name in (
        "id",
        "account_id",
        "name",
        "created_at",
        "updated_at",
        "last_used_at",
        "pinged_at",
        "revoked_at",
        "key",
        "sealed_secret",
    )
)
_SELECT = select(*_COLUMNS)
_WITH_ACCOUNT = Statement(
    select(*ACCOUNT_COLUMNS, *_COLUMNS)
    .join_from(tokens, accounts, tokens.c.account_id == accounts.c.id)
    .where(tokens.c.key == bindparam("key"), accounts.c.consumer_key == bindparam("consumer_key"))
)


def add(connection: Connection, token: Token) -> None:
    """Store a new token."""
    connection.execute(
        insert(tokens).values({column.name: getattr(token, column.name) for column in _COLUMNS})
    )


def by_id(connection: Connection, token_id: str) -> Token | None:
    """The token of an id, revoked or not."""
    row = connection.execute(_SELECT.where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else _token_of(row)


def by_name(connection: Connection, account_id: int, name: str) -> Token | None:
    """An account's unrevoked token of a name."""
    query = _SELECT.where(
        tokens.c.account_id == account_id, tokens.c.name == name, tokens.c.revoked_at.is_(None)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _token_of(row)


def unrevoked(connection: Connection, account_id: int) -> list[Token]:
    """An account's unrevoked tokens, oldest first."""
    query = _SELECT.where(tokens.c.account_id == account_id, tokens.c.revoked_at.is_(None))
    ordered = query.order_by(tokens.c.created_at, tokens.c.id)
    return [_token_of(row) for row in connection.execute(ordered)]


def with_account(
    connection: Connection, consumer_key: str, key: str
) -> tuple[Account, Token] | None:
    """The token of a signed request and its account; None when the two keys do not belong."""
    row = _WITH_ACCOUNT.one(connection, key=key, consumer_key=consumer_key)
    if row is None:
        return None
    return account_of(row), _token_of(row[len(ACCOUNT_COLUMNS) :])


def change(connection: Connection, token_id: str, /, **columns: Any) -> None:
    """Set columns of a token."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(**columns))
    if columns.get("revoked_at") is not None:
        query = select(tokens.c.account_id).where(tokens.c.id == token_id)
        for account_id in connection.execute(query).scalars():
            note(connection, Change(Kind.REVOKED, account_id, token_id=token_id))


def revoke_all(connection: Connection, now: float) -> int:
    """Revoke the tokens of all accounts: how many there were."""
    query = select(tokens.c.id).where(tokens.c.revoked_at.is_(None))
    found = connection.execute(query).scalars().all()
    for token_id in found:
        change(connection, token_id, revoked_at=now)
    return len(found)


def _token_of(row: Row[Any] | tuple[Any, ...]) -> Token:
    return Token(*row)
