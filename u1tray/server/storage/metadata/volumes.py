"""Rows of volumes.

One that is deleted is marked so, in one statement however large it is, and nobody finds it any
more; its rows are removed some at a time. Until then it can come back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from u1tray.server.changes.notes import note
from u1tray.server.changes.values import Change, Kind
from u1tray.server.files.values import Volume, VolumeType
from u1tray.server.storage.metadata.schema import deletions, nodes, volumes
from u1tray.server.storage.metadata.statement import Statement

_COLUMNS = tuple(
    volumes.c[name]
    for name in ("id", "account_id", "uuid", "path", "type", "generation", "created_at")
)
_IS_DELETED = volumes.c.type == VolumeType.DELETED.value
_SELECT = select(*_COLUMNS).where(~_IS_DELETED)
ROWS_AT_ONCE = 500  # 10 ms, in which nobody else writes to SQLite
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
    .returning(volumes.c.account_id, volumes.c.path, volumes.c.type)
)
_PUBLIC = select(nodes.c.id).where(
    nodes.c.account_id == bindparam("account_id"),
    nodes.c.public_id.is_not(None),
    nodes.c.volume_id == bindparam("volume_id"),
)
_HIDE = (
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"))
    .values(public_id=None, generation=bindparam("new_generation"))
)
_TO_SWEEP = (
    select(volumes.c.id)
    .where(
        _IS_DELETED,
        volumes.c.id.not_in(
            select(deletions.c.volume_id).where(deletions.c.volume_id.is_not(None))
        ),
    )
    .order_by(volumes.c.id)
    .limit(1)
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
    """The volume of an id, also one that is deleted: for those who mend its rows."""
    query = select(*_COLUMNS).where(volumes.c.id == volume_id)
    return _one(connection.execute(query).one_or_none())


def set_generation(connection: Connection, volume_id: int, generation: int) -> None:
    """Move a volume's generation on."""
    changed = _SET_GENERATION.run(connection, volume_id=volume_id, new_generation=generation)
    for account_id, path, type_ in changed.fetchall():
        if type_ != VolumeType.DELETED.value:
            note(connection, Change(Kind.GENERATION, account_id, volume_id, path, generation))


def bury(connection: Connection, volume: Volume) -> None:
    """Delete a volume: from now on it is not there, and its public files are private."""
    keys = {"account_id": volume.account_id, "volume_id": volume.id}
    public = connection.execute(_PUBLIC, keys).scalars().all()
    # Should it come back, clients have to hear of these.
    hidden = [
        {"node_id": node_id, "new_generation": volume.generation + number}
        for number, node_id in enumerate(public, 1)
    ]
    if hidden:
        connection.execute(_HIDE, hidden)
    columns = {
        "type": VolumeType.DELETED.value,
        # Its own is free now; this one begins with no ~, so it is nobody else's.
        "path": f"deleted {volume.id}",
        "generation": volume.generation + len(hidden),
    }
    connection.execute(update(volumes).where(volumes.c.id == volume.id).values(columns))
    note(connection, Change(Kind.DELETED, volume.account_id, volume.id, volume.path))


def revive(connection: Connection, volume_id: int, path: str) -> Volume | None:
    """A deleted volume, there again under a path that is free; None if it was removed."""
    mine = (volumes.c.id == volume_id) & _IS_DELETED
    columns = {"type": VolumeType.UDF.value, "path": path}
    changed = update(volumes).where(mine).values(columns).returning(*_COLUMNS)
    volume = _one(connection.execute(changed).one_or_none())
    if volume is not None:
        generation = volume.generation
        note(connection, Change(Kind.CREATED, volume.account_id, volume_id, path, generation))
    return volume


def sweep(connection: Connection) -> bool:
    """Remove some rows of a deleted volume that cannot come back; False when there is none."""
    volume_id = connection.execute(_TO_SWEEP).scalar()
    if volume_id is None:
        return False
    some = select(nodes.c.id).where(nodes.c.volume_id == volume_id).limit(ROWS_AT_ONCE)
    mine = some.with_for_update(skip_locked=True)  # another process may be at it too
    if connection.execute(delete(nodes).where(nodes.c.id.in_(mine))).rowcount:
        return True
    is_empty = ~exists(select(1).where(nodes.c.volume_id == volume_id))
    empty = delete(volumes).where(volumes.c.id == volume_id, is_empty)
    return connection.execute(empty).rowcount > 0


def _one(row: Any) -> Volume | None:
    return None if row is None else _volume_of(row)


def _volume_of(row: Any) -> Volume:
    number, account_id, uuid, path, type_, generation, created_at = row
    return Volume(number, account_id, uuid, path, VolumeType(type_), generation, created_at)
