"""What an account holds: counted, and removed some rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, delete, func, select

from u1tray.server.files.values import Kind, VolumeType
from u1tray.server.storage.metadata.schema import (
    accounts,
    deleted_nodes,
    deletions,
    nodes,
    tokens,
    volumes,
)

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Holdings:
    """How much an account holds, without what was deleted or revoked."""

    volumes: int
    directories: int
    files: int
    tokens: int


def of_account(connection: Connection, account_id: int) -> Holdings:
    """What an account holds now."""
    held = volumes.c.type != VolumeType.DELETED.value
    of_volumes = select(func.count()).where(volumes.c.account_id == account_id, held)
    of_tokens = select(func.count()).where(
        tokens.c.account_id == account_id, tokens.c.revoked_at.is_(None)
    )
    live = select(nodes.c.kind, func.count()).where(
        nodes.c.volume_id.in_(_volume_ids(account_id).where(held)), nodes.c.is_live
    )
    by_kind: dict[str, int] = {}
    for kind, count in connection.execute(live.group_by(nodes.c.kind)):
        by_kind[kind] = count
    volume_count = connection.execute(of_volumes).scalar_one()
    return Holdings(
        volumes=volume_count,
        # The root of a volume is a directory that nobody made.
        directories=by_kind.get(Kind.DIRECTORY.value, 0) - volume_count,
        files=by_kind.get(Kind.FILE.value, 0),
        tokens=connection.execute(of_tokens).scalar_one(),
    )


def remove_some(connection: Connection, account_id: int) -> bool:
    """Remove some of an account's nodes and of what it may undo; False when there are none."""
    # Roots go with their volumes: a running request must not meet a volume without one.
    mine = nodes.c.volume_id.in_(_volume_ids(account_id)) & nodes.c.parent_id.is_not(None)
    undoable = deleted_nodes.c.deletion_id.in_(
        select(deletions.c.id).where(deletions.c.account_id == account_id)
    )
    return _remove(connection, nodes, nodes.c.id, mine) or _remove(
        connection, deleted_nodes, deleted_nodes.c.id, undoable
    )


def remove_account(connection: Connection, account_id: int) -> None:
    """Remove the row of an account with what is left of it: tokens, sessions, uploads."""
    connection.execute(delete(accounts).where(accounts.c.id == account_id))


def _volume_ids(account_id: int) -> Select[tuple[int]]:
    return select(volumes.c.id).where(volumes.c.account_id == account_id)


def _remove(connection: Connection, table: Table, key: Column[Any], condition: Any) -> bool:
    some = select(key).where(condition).limit(ROWS_AT_ONCE)
    return connection.execute(delete(table).where(key.in_(some))).rowcount > 0
