"""Rows of nodes, live ones and tombstones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Connection,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from u1tray.server.files.values import Kind, Node, Volume
from u1tray.server.storage.metadata.schema import nodes
from u1tray.server.storage.metadata.statement import Statement

ROWS_AT_ONCE = 1000
_KIND, _IS_LIVE = 5, 6  # their columns
_KINDS = {kind.value: kind for kind in Kind}
_new_node = Node._make

_CHILD = nodes.alias("child")
_HAS_CHILDREN = exists(
    select(1).where(_CHILD.c.parent_id == nodes.c.id, _CHILD.c.is_live)
).correlate(nodes)
SELECT_NODE = select(
    *(
        nodes.c[name]
        for name in (
            "id",
            "uuid",
            "volume_id",
            "parent_id",
            "name",
            "kind",
            "is_live",
            "generation",
            "generation_created",
            "created_at",
            "changed_at",
            "content_id",
            "sha1",
            "size",
            "public_id",
            "last_path",
        )
    ),
    case((nodes.c.kind == Kind.DIRECTORY.value, _HAS_CHILDREN), else_=literal(False)).label(
        "has_children"
    ),
)
# What a new row is given.
_GIVEN = (
    "uuid",
    "account_id",
    "volume_id",
    "parent_id",
    "name",
    "kind",
    "is_live",
    "generation",
    "generation_created",
    "created_at",
    "changed_at",
    "content_id",
    "sha1",
    "size",
)
_BY_ID = Statement(SELECT_NODE.where(nodes.c.id == bindparam("id")))
_ROOT = Statement(
    SELECT_NODE.where(nodes.c.volume_id == bindparam("volume_id"), nodes.c.parent_id.is_(None))
)
_LIVE_BELOW = SELECT_NODE.where(nodes.c.parent_id == bindparam("parent_id"), nodes.c.is_live)
_CHILDREN = Statement(_LIVE_BELOW.order_by(nodes.c.name))
_ONE_CHILD = Statement(_LIVE_BELOW.where(nodes.c.name == bindparam("name")))
_SINCE = SELECT_NODE.where(
    nodes.c.volume_id == bindparam("volume_id"),
    # Whoever asks may name a number beyond the column's range.
    nodes.c.generation > bindparam("generation", type_=BigInteger),
    nodes.c.parent_id.is_not(None),
).order_by(nodes.c.generation)
_CHILD_NAMES = select(nodes.c.id, nodes.c.kind, nodes.c.name).where(
    nodes.c.parent_id == bindparam("parent_id"), nodes.c.is_live
)
_NAMES = (
    select(nodes.c.id, nodes.c.name)
    .where(
        nodes.c.volume_id == bindparam("volume_id"),
        nodes.c.is_live,
        nodes.c.parent_id.is_not(None),
    )
    .limit(bindparam("limit"))
)
_INSERT = insert(nodes)
_ADD = Statement(_INSERT.values({name: bindparam(name) for name in _GIVEN}).returning(nodes.c.id))
_FILLED = ("content_id", "sha1", "size", "changed_at", "generation")
_FILL = Statement(
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"))
    .values({name: bindparam(f"new_{name}", type_=nodes.c[name].type) for name in _FILLED})
)
_TOUCH = Statement(
    update(nodes).where(nodes.c.id == bindparam("node_id")).values(changed_at=bindparam("now"))
)


def add(connection: Connection, volume: Volume, node: Node) -> int:
    """The id of a new node; the one in `node` is not looked at."""
    row = _ADD.one(connection, **_values(volume, node))
    assert row is not None
    return int(row[0])


def add_many(connection: Connection, volume: Volume, added: list[Node]) -> None:
    """Add new nodes; the ids in them are not looked at."""
    connection.execute(_INSERT, [_values(volume, node) for node in added])


def by_id(connection: Connection, node_id: int) -> Node | None:
    """The node of an id, live or not."""
    return _one(_BY_ID.one(connection, id=node_id))


def root(connection: Connection, volume_id: int) -> Node:
    """The root of a volume."""
    row = _ROOT.one(connection, volume_id=volume_id)
    assert row is not None
    return node_of(row)


def child(connection: Connection, parent_id: int, name: str) -> Node | None:
    """The live child of a name."""
    return _one(_ONE_CHILD.one(connection, parent_id=parent_id, name=name))


def named_children(connection: Connection, parent_id: int, names: Sequence[str]) -> list[Node]:
    """The live children that have one of some names."""
    query = _LIVE_BELOW.where(nodes.c.name.in_(names))
    return [node_of(row) for row in connection.execute(query, {"parent_id": parent_id})]


def children(connection: Connection, parent_id: int) -> list[Node]:
    """The live children, sorted by name."""
    return list(each_child(connection, parent_id))


def each_child(connection: Connection, parent_id: int) -> Iterator[Node]:
    """The same, read bit by bit."""
    return map(node_of, _CHILDREN.run(connection, parent_id=parent_id))


def child_names(connection: Connection, parent_id: int) -> list[tuple[int, bool, str]]:
    """Id, whether it is a file, and name of the live children; in no order."""
    found = connection.execute(_CHILD_NAMES, {"parent_id": parent_id})
    return [(row[0], row[1] == Kind.FILE.value, row[2]) for row in found]


def by_ids(connection: Connection, numbers: Sequence[int]) -> list[Node]:
    """The nodes of a few ids, in that order; those that are gone are left out."""
    query = SELECT_NODE.where(nodes.c.id.in_(numbers))
    found = {row[0]: row for row in connection.execute(query)}
    return [node_of(found[number]) for number in numbers if number in found]


def names(connection: Connection, volume_id: int, limit: int) -> Iterator[tuple[int, str]]:
    """Ids and names of live nodes but the root, at most so many, read bit by bit."""
    keys = {"volume_id": volume_id, "limit": limit}
    found = connection.execute(_NAMES, keys, execution_options={"yield_per": ROWS_AT_ONCE})
    return ((row[0], row[1]) for row in found)


def since(connection: Connection, volume_id: int, generation: int) -> Iterator[Node]:
    """Every node but the root that changed after a generation, in that order, read bit by bit."""
    keys = {"volume_id": volume_id, "generation": generation}
    found = connection.execute(_SINCE, keys, execution_options={"yield_per": ROWS_AT_ONCE})
    return (node_of(row) for row in found)


def public(connection: Connection, account_id: int) -> Iterator[Node]:
    """An account's public files, in no order, read bit by bit."""
    query = SELECT_NODE.where(nodes.c.account_id == account_id, nodes.c.public_id.is_not(None))
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return map(node_of, found)


def by_public_id(connection: Connection, public_id: bytes) -> Node | None:
    """The public file of an id."""
    return _one(connection.execute(SELECT_NODE.where(nodes.c.public_id == public_id)).one_or_none())


def change(connection: Connection, node_id: int, /, **columns: Any) -> None:
    """Set columns of a node."""
    connection.execute(update(nodes).where(nodes.c.id == node_id).values(**columns))


def fill(connection: Connection, node: Node) -> None:
    """Set what a new content changes to what stands in the node."""
    values = {f"new_{name}": getattr(node, name) for name in _FILLED}
    _FILL.run(connection, node_id=node.id, **values)


def touch(connection: Connection, node_id: int, now: float) -> None:
    """Note that a directory changed."""
    _TOUCH.run(connection, node_id=node_id, now=now)


def volume_size(connection: Connection, volume_id: int) -> int:
    """The bytes of a volume's live files."""
    query = select(func.coalesce(func.sum(nodes.c.size), 0))
    found = connection.execute(query.where(nodes.c.volume_id == volume_id, nodes.c.is_live))
    return int(found.scalar_one())


def longest_below(connection: Connection, node_id: int) -> int:
    """By how many bytes the longest path below a node is longer than its own; 0 for none."""
    tree = tree_below(node_id, "")
    found = connection.execute(select(tree.c.path), execution_options={"yield_per": ROWS_AT_ONCE})
    return max(len(path.encode()) for path in found.scalars())


def bury(connection: Connection, node_id: int, path: str) -> int:
    """Make tombstones of a live node and of all that lies below; the bytes of the files among it.

    `path` is the node's. Each keeps its last path, hash and size, but neither its content nor
    its publication.
    """
    tree = tree_below(node_id, path)
    query = select(func.coalesce(func.sum(nodes.c.size), 0))
    size = int(connection.execute(query.where(nodes.c.id.in_(select(tree.c.id)))).scalar_one())
    connection.execute(
        update(nodes)
        .where(nodes.c.id == tree.c.id)
        .values(is_live=False, content_id=null(), public_id=null(), last_path=tree.c.path)
    )
    return size


def tree_below(node_id: int, path: str) -> CTE:
    """The ids and paths of a node, whose path is given, and of all live ones below."""
    # PostgreSQL wants the same type in both halves.
    own_path = cast(literal(path), nodes.c.name.type).label("path")
    start = select(nodes.c.id, own_path).where(nodes.c.id == node_id)
    tree = start.cte("tree", recursive=True)
    below = select(nodes.c.id, tree.c.path + literal("/") + nodes.c.name)
    return tree.union_all(below.where(nodes.c.parent_id == tree.c.id, nodes.c.is_live))


def _values(volume: Volume, node: Node) -> dict[str, Any]:
    return {
        "uuid": node.uuid,
        "account_id": volume.account_id,
        "volume_id": volume.id,
        "parent_id": node.parent_id,
        "name": node.name,
        "kind": node.kind.value,
        "is_live": True,
        "generation": node.generation,
        "generation_created": node.generation_created,
        "created_at": node.created_at,
        "changed_at": node.changed_at,
        "content_id": node.content_id,
        "sha1": node.sha1,
        "size": node.size,
    }


def _one(row: Any) -> Node | None:
    return None if row is None else node_of(row)


def node_of(row: Any) -> Node:
    """The node in a row of SELECT_NODE."""
    columns = list(row)
    columns[_KIND] = _KINDS[columns[_KIND]]
    columns[_IS_LIVE] = columns[_IS_LIVE] == 1  # SQLite says 1 and 0
    columns[-1] = columns[-1] == 1
    return _new_node(columns)
