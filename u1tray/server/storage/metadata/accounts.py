"""Rows of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from u1tray.server.accounts.values import Account, AccountState
from u1tray.server.changes.notes import note
from u1tray.server.changes.values import Change, Kind
from u1tray.server.storage.metadata.schema import accounts
from u1tray.vocabulary.errors import ConflictError

ACCOUNT_COLUMNS = tuple(
    accounts.c[name]
    for name in (
        "id",
        "email",
        "visible_name",
        "consumer_key",
        "state",
        "quota_bytes",
        "used_bytes",
        "created_at",
        "sealed_consumer_secret",
    )
)
_SELECT = select(*ACCOUNT_COLUMNS)
# Rows that refer to the account may be added meanwhile.
_LOCK = (
    select(accounts.c.id)
    .where(accounts.c.id == bindparam("account_id"))
    .with_for_update(key_share=True)
)


def add(connection: Connection, email_key: str, password_hash: str, account: Account) -> int:
    """The id of a new account; the one in `account` is not looked at.

    Raises ConflictError when another transaction took the address just now.
    """
    statement = insert(accounts).values(
        email=account.email,
        email_key=email_key,
        visible_name=account.visible_name,
        password_hash=password_hash,
        consumer_key=account.consumer_key,
        sealed_consumer_secret=account.sealed_consumer_secret,
        state=account.state.value,
        quota_bytes=account.quota_bytes,
        used_bytes=account.used_bytes,
        created_at=account.created_at,
    )
    try:
        done = connection.execute(statement)
    except IntegrityError as error:
        message = f"there is an account for {account.email} already"
        raise ConflictError(message) from error
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def lock(connection: Connection, account_id: int) -> None:
    """Let nobody else lock this account or change its row until the transaction ends."""
    connection.execute(_LOCK, {"account_id": account_id})


def by_id(connection: Connection, account_id: int) -> Account | None:
    """The account of an id."""
    return _one(connection, accounts.c.id == account_id)


def by_email_key(connection: Connection, email_key: str) -> Account | None:
    """The account of an e-mail address, given as `rules.email_key`."""
    return _one(connection, accounts.c.email_key == email_key)


def everyone(connection: Connection) -> list[Account]:
    """All accounts, by id."""
    return [account_of(row) for row in connection.execute(_SELECT.order_by(accounts.c.id))]


def password_hash(connection: Connection, account_id: int) -> str | None:
    """The stored hash of an account's password."""
    query = select(accounts.c.password_hash).where(accounts.c.id == account_id)
    return connection.execute(query).scalar()


def change(connection: Connection, account_id: int, /, **columns: Any) -> None:
    """Set columns of an account."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(**columns))
    if columns.get("state", AccountState.ACTIVE.value) != AccountState.ACTIVE.value:
        note(connection, Change(Kind.DISABLED, account_id))


def replace_hash(connection: Connection, account_id: int, stored: str, fresh: str) -> bool:
    """Store another hash of the same password; False when the stored one is another by now."""
    statement = update(accounts).where(
        accounts.c.id == account_id, accounts.c.password_hash == stored
    )
    return connection.execute(statement.values(password_hash=fresh)).rowcount == 1


def stored_bytes(connection: Connection) -> int:
    """What all accounts use together."""
    total = connection.execute(select(func.coalesce(func.sum(accounts.c.used_bytes), 0)))
    return int(total.scalar_one())


def account_of(row: Sequence[Any]) -> Account:
    """The account in the first columns of a row selected with ACCOUNT_COLUMNS."""
    number, email, name, consumer_key, state, *rest = row[: len(ACCOUNT_COLUMNS)]
    return Account(number, email, name, consumer_key, AccountState(state), *rest)


def _one(connection: Connection, condition: ColumnElement[bool]) -> Account | None:
    row = connection.execute(_SELECT.where(condition)).one_or_none()
    return None if row is None else account_of(row)
