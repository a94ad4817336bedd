"""Rows of deletions that can be undone: where something was, and the tree that it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from u1tray.server.files.values import Content, Kind
from u1tray.server.storage.metadata.nodes import tree_below
from u1tray.server.storage.metadata.schema import contents, deleted_nodes, deletions, nodes

ROWS_AT_ONCE = 1000
PLANTED_AT_ONCE = 500  # 15 ms, in which nobody else writes to SQLite
_COLUMNS = tuple(
    deletions.c[name]
    for name in (
        "id",
        "account_id",
        "volume_path",
        "path",
        "deleted_at",
        "volume_id",
        "volume_size",
        "target",
    )
)
_SELECT = select(*_COLUMNS)


@dataclass(frozen=True)
class Deletion:
    """Something deleted. `path` is the one inside the volume, `/` for the volume itself.

    Of a volume also the id, and the bytes of its files. With a `target` it is being planted there.
    """

    id: int
    account_id: int
    volume_path: str
    path: str
    deleted_at: float
    volume_id: int | None = None
    volume_size: int | None = None
    target: str | None = None


@dataclass(frozen=True)
class DeletedNode:
    """One node of what was deleted. `path` is below its top, `` for that; times as they were."""

    id: int
    path: str
    kind: Kind
    created_at: float
    changed_at: float
    content: Content | None


def add(connection: Connection, deletion: Deletion) -> Deletion:
    """A new deletion, of nothing yet; the id in `deletion` is not looked at."""
    values = {column.name: getattr(deletion, column.name) for column in _COLUMNS[1:]}
    done = connection.execute(insert(deletions).values(values))
    assert done.inserted_primary_key is not None
    return replace(deletion, id=int(done.inserted_primary_key[0]))


def note_tree(connection: Connection, deletion_id: int, node_id: int) -> None:
    """Remember a node and all live ones below, before they are deleted; parents first."""
    tree = tree_below(node_id, "")
    found = select(
        literal(deletion_id),
        tree.c.path,
        nodes.c.kind,
        nodes.c.content_id,
        nodes.c.created_at,
        nodes.c.changed_at,
    ).join_from(tree, nodes, nodes.c.id == tree.c.id)
    found = found.order_by(tree.c.path)
    columns = ["deletion_id", "path", "kind", "content_id", "created_at", "changed_at"]
    connection.execute(insert(deleted_nodes).from_select(columns, found))


def by_id(connection: Connection, account_id: int, deletion_id: int) -> Deletion | None:
    """An account's deletion; locked, so that it is undone once."""
    query = _SELECT.where(deletions.c.id == deletion_id, deletions.c.account_id == account_id)
    return _one(connection.execute(query.with_for_update()).one_or_none())


def of_account(connection: Connection, account_id: int, since: float) -> list[Deletion]:
    """An account's deletions after a moment, the last one first."""
    query = _SELECT.where(deletions.c.account_id == account_id, deletions.c.deleted_at > since)
    ordered = query.order_by(deletions.c.deleted_at.desc(), deletions.c.id.desc())
    return [Deletion(*row) for row in connection.execute(ordered)]


def size(connection: Connection, deletion_id: int) -> int:
    """The bytes of all files in it."""
    query = (
        select(func.coalesce(func.sum(contents.c.size), 0))
        .join_from(deleted_nodes, contents, deleted_nodes.c.content_id == contents.c.id)
        .where(deleted_nodes.c.deletion_id == deletion_id)
    )
    return int(connection.execute(query).scalar_one())


def longest_path(connection: Connection, deletion_id: int) -> int:
    """By how many bytes the longest path in it is longer than that of its top."""
    query = select(deleted_nodes.c.path).where(deleted_nodes.c.deletion_id == deletion_id)
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return max((len(path.encode()) for path in found.scalars()), default=0)


def aim(connection: Connection, deletion: Deletion, target: str, now: float) -> None:
    """Note where it is being planted; of a volume, only its nodes are left from now on.

    What is planted by halves has all its time again: nobody is to forget the rest meanwhile.
    """
    mine = deletions.c.id == deletion.id
    columns = {"target": target, "volume_id": None, "volume_size": None, "deleted_at": now}
    connection.execute(update(deletions).where(mine).values(columns))


def some_nodes(connection: Connection, deletion_id: int) -> list[DeletedNode]:
    """The next of its nodes, PLANTED_AT_ONCE at most, parents before children."""
    query = (
        select(
            deleted_nodes.c.id,
            deleted_nodes.c.path,
            deleted_nodes.c.kind,
            deleted_nodes.c.created_at,
            deleted_nodes.c.changed_at,
            *(contents.c[name] for name in ("id", "sha256", "sha1", "size", "is_inline")),
        )
        .join_from(
            deleted_nodes, contents, deleted_nodes.c.content_id == contents.c.id, isouter=True
        )
        .where(deleted_nodes.c.deletion_id == deletion_id)
        .order_by(deleted_nodes.c.id)
        .limit(PLANTED_AT_ONCE)
    )
    return [_node_of(row) for row in connection.execute(query)]


def forget_nodes(connection: Connection, planted: Sequence[DeletedNode]) -> None:
    """Forget nodes that are there again."""
    numbers = [node.id for node in planted]
    connection.execute(delete(deleted_nodes).where(deleted_nodes.c.id.in_(numbers)))


def remove(connection: Connection, deletion_id: int) -> None:
    """Forget a deletion with its tree."""
    connection.execute(delete(deletions).where(deletions.c.id == deletion_id))


def forget_some(connection: Connection, moment: float) -> bool:
    """Forget some of what was deleted up to a moment; False when there is nothing.

    What only that names may be collected then.
    """
    old = select(deletions.c.id).where(deletions.c.deleted_at <= moment)
    some = select(deleted_nodes.c.id).where(deleted_nodes.c.deletion_id.in_(old))
    free = some.limit(ROWS_AT_ONCE).with_for_update(skip_locked=True)
    if connection.execute(delete(deleted_nodes).where(deleted_nodes.c.id.in_(free))).rowcount:
        return True
    which = deletions.c.id.in_(old.limit(ROWS_AT_ONCE))
    return connection.execute(delete(deletions).where(which)).rowcount > 0


def _one(row: Any) -> Deletion | None:
    return None if row is None else Deletion(*row)


def _node_of(row: Any) -> DeletedNode:
    number, path, kind, created_at, changed_at, *content = row
    held = None if content[0] is None else Content(*content)
    return DeletedNode(number, path, Kind(kind), created_at, changed_at, held)
