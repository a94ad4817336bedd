"""All rows of one metadata database copied into another, of whatever kind, and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, insert, select, text

from u1tray.server.admin.progress import Progress
from u1tray.server.storage.metadata.schema import metadata

_ROWS_AT_ONCE = 500
# What a table holds: how many rows, and a digest of them in the order of their keys.
Digests = dict[str, tuple[int, str]]


def count_rows(connection: Connection) -> int:
    """The rows of all tables together."""
    return sum(
        int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    )


def copy_tables(source: Connection, target: Connection, progress: Progress) -> None:
    """Copy every row; the target's tables are there and are emptied first."""
    for table in reversed(metadata.sorted_tables):
        target.execute(table.delete())
    for table in metadata.sorted_tables:
        found = source.execute(_ordered(table), execution_options={"yield_per": _ROWS_AT_ONCE})
        rows = (row._asdict() for row in found)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            target.execute(insert(table), batch)
            progress.advance(len(batch))
        _go_on_counting(target, table)


def digests(connection: Connection, progress: Progress) -> Digests:
    """What every table holds."""
    found: Digests = {}
    for table in metadata.sorted_tables:
        rows = connection.execute(_ordered(table), execution_options={"yield_per": _ROWS_AT_ONCE})
        found[table.name] = _digest(rows, progress)
    return found


def _digest(rows: Iterable[Row[Any]], progress: Progress) -> tuple[int, str]:
    digest = hashlib.sha256()
    count = 0
    for row in rows:
        digest.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
        count += 1
        progress.advance()
    return count, digest.hexdigest()


def _ordered(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL give new rows ids above the copied ones."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608
            f" GREATEST(1, (SELECT COALESCE(MAX({column.name}), 1) FROM {table.name})))"
        )
    )
