"""Rows of volumes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update

from u1tray.server.changes.notes import note
from u1tray.server.changes.values import Change, Kind
from u1tray.server.files.values import Volume, VolumeType
from u1tray.server.storage.metadata.schema import nodes, volumes
from u1tray.server.storage.metadata.statement import Statement

_COLUMNS = tuple(
    volumes.c[name]
    for name in ("id", "account_id", "uuid", "path", "type", "generation", "created_at")
)
_SELECT = select(*_COLUMNS)
_BY_PATH = _SELECT.where(
    volumes.c.account_id == bindparam("account_id"), volumes.c.path == bindparam("path")
)
# A path belongs to the volume whose path equals its first segments; volumes do not nest, so
# there is at most one (REST contract, 5).
_IN_BEGINNING = _SELECT.where(
    volumes.c.account_id == bindparam("account_id"),
    func.substr(bindparam("path"), 1, func.length(volumes.c.path) + 1)
    == volumes.c.path + literal("/"),
)
_BEGINNING = Statement(_IN_BEGINNING)
_LOCKED = Statement(_IN_BEGINNING.with_for_update(key_share=True))
_SET_GENERATION = Statement(
    update(volumes)
    .where(volumes.c.id == bindparam("volume_id"))
    .values(generation=bindparam("new_generation"))
    .returning(volumes.c.account_id, volumes.c.path)
)
_REMOVE = (
    delete(volumes)
    .where(volumes.c.id == bindparam("volume_id"))
    .returning(volumes.c.account_id, volumes.c.path)
)


def add(connection: Connection, volume: Volume) -> int:
    """The id of a new volume; the one in `volume` is not looked at."""
    values = {column.name: getattr(volume, column.name) for column in _COLUMNS[1:]}
    done = connection.execute(insert(volumes).values(values | {"type": volume.type.value}))
    assert done.inserted_primary_key is not None
    number = int(done.inserted_primary_key[0])
    note(
        connection,
        Change(Kind.CREATED, volume.account_id, number, volume.path, volume.generation),
    )
    return number


def of_account(connection: Connection, account_id: int) -> list[Volume]:
    """All volumes of an account, the root first, then by path."""
    query = _SELECT.where(volumes.c.account_id == account_id)
    found = [_volume_of(row) for row in connection.execute(query)]
    return sorted(found, key=lambda volume: (volume.type is not VolumeType.ROOT, volume.path))


def by_path(
    connection: Connection, account_id: int, path: str, *, lock: bool = False
) -> Volume | None:
    """The volume of exactly this path; locked, it waits for other changes to it."""
    query = _BY_PATH.with_for_update(key_share=True) if lock else _BY_PATH
    return _one(connection.execute(query, {"account_id": account_id, "path": path}).one_or_none())


def containing(
    connection: Connection, account_id: int, path: str, *, lock: bool = False
) -> Volume | None:
    """The volume that a node path such as `~/Docs/a/b` belongs to."""
    query = _LOCKED if lock else _BEGINNING
    return _one(query.one(connection, account_id=account_id, path=path + "/"))


def by_id(connection: Connection, volume_id: int) -> Volume | None:
    """The volume of an id."""
    return _one(connection.execute(_SELECT.where(volumes.c.id == volume_id)).one_or_none())


def set_generation(connection: Connection, volume_id: int, generation: int) -> None:
    """Move a volume's generation on."""
    changed = _SET_GENERATION.run(connection, volume_id=volume_id, new_generation=generation)
    for account_id, path in changed.fetchall():
        note(connection, Change(Kind.GENERATION, account_id, volume_id, path, generation))


def remove(connection: Connection, volume_id: int) -> None:
    """Remove a volume with all its nodes, tombstones too."""
    connection.execute(delete(nodes).where(nodes.c.volume_id == volume_id))
    for account_id, path in connection.execute(_REMOVE, {"volume_id": volume_id}):
        note(connection, Change(Kind.DELETED, account_id, volume_id, path))


def _one(row: Any) -> Volume | None:
    return None if row is None else _volume_of(row)


def _volume_of(row: Any) -> Volume:
    number, account_id, uuid, path, type_, generation, created_at = row
    return Volume(number, account_id, uuid, path, VolumeType(type_), generation, created_at)
