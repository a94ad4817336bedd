"""Every column that holds something sealed under the server key, read and replaced in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, select, update

from u1tray.server.storage.metadata.schema import accounts, tokens, two_factor

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class SealedColumn:
    """A column of secrets; `names` has what the place of each is named by."""

    table: Table
    key: Column[Any]
    secret: Column[bytes]
    names: Column[Any]


CONSUMER_SECRETS = SealedColumn(
    accounts, accounts.c.id, accounts.c.sealed_consumer_secret, accounts.c.consumer_key
)
TOKEN_SECRETS = SealedColumn(tokens, tokens.c.id, tokens.c.sealed_secret, tokens.c.id)
TWO_FACTOR_SECRETS = SealedColumn(
    two_factor, two_factor.c.account_id, two_factor.c.sealed_secret, two_factor.c.account_id
)


@dataclass(frozen=True)
class SealedRow:
    """One secret of a column, by its key."""

    key: int | str
    name: str
    secret: bytes


def batches(connection: Connection, column: SealedColumn) -> Iterator[list[SealedRow]]:
    """All secrets of a column, by key, some at a time; each batch may be replaced meanwhile."""
    query = select(column.key, column.names, column.secret).order_by(column.key)
    query = query.limit(ROWS_AT_ONCE)
    after = query
    while True:
        found = connection.execute(after)
        rows = [SealedRow(key, str(name), secret) for key, name, secret in found]
        if not rows:
            return
        yield rows
        after = query.where(column.key > rows[-1].key)


def replace(connection: Connection, column: SealedColumn, rows: Sequence[SealedRow]) -> None:
    """Store secrets in place of those of the same keys."""
    change = update(column.table).where(column.key == bindparam("of_key"))
    values = [{"of_key": row.key, "new_secret": row.secret} for row in rows]
    connection.execute(change.values({column.secret.name: bindparam("new_secret")}), values)
