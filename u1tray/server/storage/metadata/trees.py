"""Whole trees of live nodes, read bit by bit by one statement: one snapshot, little memory."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, LargeBinary, cast, literal, select

from u1tray.server.files.values import Node
from u1tray.server.storage.metadata.nodes import ROWS_AT_ONCE, SELECT_NODE, node_of
from u1tray.server.storage.metadata.schema import nodes


def below(
    connection: Connection, top: Node, path: str, parent_uuid: bytes | None
) -> Iterator[tuple[Node, str, bytes | None]]:
    """A live node and all live ones below, parents first, each with its path and parent's UUID.

    `path` is that of the node, `''` for a volume's root.
    """
    start = select(
        nodes.c.id,
        nodes.c.uuid,
        cast(literal(path), nodes.c.name.type).label("path"),
        cast(literal(parent_uuid), LargeBinary).label("parent_uuid"),
    )
    tree = start.where(nodes.c.id == top.id).cte("tree", recursive=True)
    children = select(nodes.c.id, nodes.c.uuid, tree.c.path + "/" + nodes.c.name, tree.c.uuid)
    tree = tree.union_all(children.where(nodes.c.parent_id == tree.c.id, nodes.c.is_live))
    # A path is sorted behind those that it begins with, so parents come first. The database
    # sorts on its disk what is too much for its memory.
    query = SELECT_NODE.add_columns(tree.c.path, tree.c.parent_uuid)
    ordered = query.join(tree, tree.c.id == nodes.c.id).order_by(tree.c.path)
    found = connection.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE})
    for *columns, own_path, above in found:
        yield node_of(columns), own_path, above
