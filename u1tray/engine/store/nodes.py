"""Reads the nodes of either side, and the ways to them: what the planner asks for most."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from u1tray.engine.core.values import Node, Side
from u1tray.engine.store.columns import COLUMNS, KINDS, TABLES, content_of, name_of, stored_name
from u1tray.engine.store.connected import Connected


def _select(side: Side) -> str:
    return (
        "SELECT n.id, n.parent, n.name, n.kind, n.sha1, n.size, e.id"
        f" FROM {TABLES[side]} n LEFT JOIN entries e ON e.{COLUMNS[side]} = n.id"
    )


SELECT_NODES = {side: _select(side) for side in Side}


class NodeReader(Connected):
    """The nodes of both sides."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """A connection whose tables are there."""
        super().__init__(connection)
        self._roots: dict[Side, int] = {}

    def node(self, side: Side, node_id: int | None) -> Node | None:
        """The node of an id."""
        if node_id is None:
            return None
        return self._recent.nodes[side].get(node_id) or self._one(side, "WHERE n.id = ?", node_id)

    def child(self, side: Side, parent: int, name: str) -> Node | None:
        """The node of a name in a directory."""
        return self._one(side, "WHERE n.parent = ? AND n.name = ?", parent, stored_name(name))

    def find(self, side: Side, names: Iterable[str]) -> Node | None:
        """The node of a path below the root."""
        node: Node | None = self.root(side)
        for name in names:
            node = None if node is None else self.child(side, node.id, name)
        return node

    def children(self, side: Side, parent: int) -> Iterator[Node]:
        """The nodes in a directory, by id."""
        found = self.connection.execute(
            f"{SELECT_NODES[side]} WHERE n.parent = ? ORDER BY n.id", (parent,)
        )
        return (node_of(side, row) for row in found)

    def root(self, side: Side) -> Node:
        """The root of a side, which is always the same node."""
        found = self.node(side, self._roots.get(side))
        if found is None:
            found = self._one(side, "WHERE n.parent IS NULL")
            assert found is not None
            self._roots[side] = found.id
        return found

    @property
    def is_planted(self) -> bool:
        """Whether there are roots."""
        return self._one(Side.LOCAL, "WHERE n.parent IS NULL") is not None

    def names(self, side: Side, node_id: int) -> tuple[str, ...]:
        """The path of a node below its root. Raises KeyError where there is none."""
        node = self.node(side, node_id)
        if node is None:
            raise KeyError(node_id)
        if node.parent is None:
            return ()
        above = self._recent.path(side, node.parent)
        if above is None:
            passed = [self.node(side, one) for one in self.chain(side, node.parent)]
            above = tuple(one.name for one in reversed(passed[:-1]) if one is not None)
            self._recent.keep_path(side, node.parent, above)
        return (*above, node.name)

    def chain(self, side: Side, directory: int) -> tuple[int, ...]:
        """The ids of a directory and of all above it; none where it is gone."""
        found: list[int] = []
        node = self.node(side, directory)
        while node is not None:
            known = self._recent.chain(side, node.id)
            if known is not None:
                found += known
                break
            found.append(node.id)
            node = self.node(side, node.parent)
        chain = tuple(found)
        if chain:
            self._recent.keep_chain(side, directory, chain)
        return chain

    def is_within(self, node: Node | None, ancestor: Node) -> bool:
        """Whether a node is another one of its side, or lies anywhere below it."""
        while node is not None:
            if node.id == ancestor.id:
                return True
            node = self.node(node.side, node.parent)
        return False

    def _one(self, side: Side, where: str, *values: object) -> Node | None:
        row = self.connection.execute(f"{SELECT_NODES[side]} {where}", values).fetchone()
        if row is None:
            return None
        node = node_of(side, row)
        self._recent.keep_node(node)
        return node


def node_of(side: Side, row: tuple) -> Node:  # type: ignore[type-arg]
    """The node of a row of SELECT_NODES."""
    number, parent, name, kind, sha1, size, entry = row
    return Node(side, number, parent, name_of(name), KINDS[kind], content_of(sha1, size), entry)
