"""Rows of deletions that can be undone: where something was, and the tree that it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Subquery, delete, func, insert, literal, select

from u1tray.server.files.values import Content, Kind
from u1tray.server.storage.metadata.nodes import root, tree_below
from u1tray.server.storage.metadata.schema import contents, deleted_nodes, deletions, nodes

ROWS_AT_ONCE = 1000
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
    )
)
_SELECT = select(*_COLUMNS)


@dataclass(frozen=True)
class Deletion:
    """Something deleted. `path` is the one inside the volume, `/` for the volume itself.

    Of a volume also the id, and the bytes of its files.
    """

    id: int
    account_id: int
    volume_path: str
    path: str
    deleted_at: float
    volume_id: int | None = None
    volume_size: int | None = None


@dataclass(frozen=True)
class DeletedNode:
    """One node of what was deleted. `path` is below its top, `` for that; times as they were."""

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
    """Remember a live node and all live ones below, before they are deleted."""
    tree = tree_below(node_id, "")
    found = select(
        literal(deletion_id),
        tree.c.path,
        nodes.c.kind,
        nodes.c.content_id,
        nodes.c.created_at,
        nodes.c.changed_at,
    ).join_from(tree, nodes, nodes.c.id == tree.c.id)
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


def size(connection: Connection, deletion: Deletion) -> int:
    """The bytes of all files in it."""
    if deletion.volume_size is not None:
        return deletion.volume_size
    query = (
        select(func.coalesce(func.sum(contents.c.size), 0))
        .join_from(deleted_nodes, contents, deleted_nodes.c.content_id == contents.c.id)
        .where(deleted_nodes.c.deletion_id == deletion.id)
    )
    return int(connection.execute(query).scalar_one())


def longest_path(connection: Connection, deletion: Deletion) -> int:
    """By how many bytes the longest path in it is longer than that of its top."""
    query = select(_source(connection, deletion).c.path)
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return max((len(path.encode()) for path in found.scalars()), default=0)


def tree(connection: Connection, deletion: Deletion) -> Iterator[DeletedNode]:
    """Its nodes, parents before children, read bit by bit."""
    source = _source(connection, deletion)
    query = (
        select(
            source.c.path,
            source.c.kind,
            source.c.created_at,
            source.c.changed_at,
            *(contents.c[name] for name in ("id", "sha256", "sha1", "size", "is_inline")),
        )
        .join_from(source, contents, source.c.content_id == contents.c.id, isouter=True)
        .order_by(source.c.path)
    )
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return (_node_of(row) for row in found)


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


def _source(connection: Connection, deletion: Deletion) -> Subquery:
    """Where the nodes of a deletion stand: noted, or in the volume that waits."""
    columns = ("kind", "content_id", "created_at", "changed_at")
    if deletion.volume_id is None:
        noted = select(deleted_nodes.c.path, *(deleted_nodes.c[name] for name in columns))
        return noted.where(deleted_nodes.c.deletion_id == deletion.id).subquery("source")
    below = tree_below(root(connection, deletion.volume_id).id, "")
    waiting = select(below.c.path, *(nodes.c[name] for name in columns))
    return waiting.join_from(below, nodes, nodes.c.id == below.c.id).subquery("source")


def _one(row: Any) -> Deletion | None:
    return None if row is None else Deletion(*row)


def _node_of(row: Any) -> DeletedNode:
    path, kind, created_at, changed_at, *content = row
    held = None if content[0] is None else Content(*content)
    return DeletedNode(path, Kind(kind), created_at, changed_at, held)
