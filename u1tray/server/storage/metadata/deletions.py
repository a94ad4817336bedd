"""Rows of deletions that can be undone: where something was, and the tree that it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select

from u1tray.server.files.values import Content, Kind
from u1tray.server.storage.metadata.nodes import tree_below
from u1tray.server.storage.metadata.schema import contents, deleted_nodes, deletions, nodes

ROWS_AT_ONCE = 1000
_COLUMNS = tuple(
    deletions.c[name] for name in ("id", "account_id", "volume_path", "path", "deleted_at")
)
_SELECT = select(*_COLUMNS)


@dataclass(frozen=True)
class Deletion:
    """Something deleted. `path` is the one inside the volume, `/` for the volume itself."""

    id: int
    account_id: int
    volume_path: str
    path: str
    deleted_at: float


@dataclass(frozen=True)
class DeletedNode:
    """One node of what was deleted. `path` is below its top, `` for that; times as they were."""

    path: str
    kind: Kind
    created_at: float
    changed_at: float
    content: Content | None


def add(
    connection: Connection, account_id: int, volume_path: str, path: str, now: float
) -> Deletion:
    """A new deletion, of nothing yet."""
    done = connection.execute(
        insert(deletions).values(
            account_id=account_id, volume_path=volume_path, path=path, deleted_at=now
        )
    )
    assert done.inserted_primary_key is not None
    return Deletion(int(done.inserted_primary_key[0]), account_id, volume_path, path, now)


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


def tree(connection: Connection, deletion_id: int) -> Iterator[DeletedNode]:
    """Its nodes, parents before children, read bit by bit."""
    query = (
        select(
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
        .order_by(deleted_nodes.c.path)
    )
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return (_node_of(row) for row in found)


def remove(connection: Connection, deletion_id: int) -> None:
    """Forget a deletion with its tree."""
    connection.execute(delete(deletions).where(deletions.c.id == deletion_id))


def forget_before(connection: Connection, moment: float) -> None:
    """Forget every deletion up to a moment; what only they name may be collected then."""
    connection.execute(delete(deletions).where(deletions.c.deleted_at <= moment))


def _one(row: Any) -> Deletion | None:
    return None if row is None else Deletion(*row)


def _node_of(row: Any) -> DeletedNode:
    path, kind, created_at, changed_at, *content = row
    held = None if content[0] is None else Content(*content)
    return DeletedNode(path, Kind(kind), created_at, changed_at, held)
