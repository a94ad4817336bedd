"""What operations on their way hold, so that no two get into each other's way.

An operation claims the nodes it is about, and the places it takes or leaves. A node that is
moved or deleted must not hold anything else on its way inside of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Side
from u1tray.engine.store.reading import TreeReader

Claim = tuple[str, Side, int, str]
"""A node (its id), a place (a directory's id and a name), or a way (a directory passed)."""


def node_claim(side: Side, node_id: int) -> Claim:
    """The claim on a node."""
    return ("node", side, node_id, "")


def place_claim(side: Side, parent: int, name: str) -> Claim:
    """The claim on a place."""
    return ("place", side, parent, name)


class Claims:
    """The claims of all operations on their way."""

    def __init__(self) -> None:
        """None is held."""
        self._own: set[Claim] = set()  # each is held by one operation
        self._ways: dict[tuple[Side, int], int] = {}

    def try_take(self, trees: TreeReader, operation: op.Operation) -> Held | None:
        """Take all claims of an operation, or none because one of them is held."""
        own = dict.fromkeys(_own_claims(trees, operation))
        if not self._own.isdisjoint(own):
            return None
        ways = _ways(trees, own)
        blocked = any(node_claim(side, node) in self._own for side, node in ways)
        closes = isinstance(operation, op.Move | op.Delete | op.SetAside)
        occupied = closes and any(
            (side, node) in self._ways for kind, side, node, _ in own if kind == "node"
        )
        if blocked or occupied:
            return None
        self._own.update(own)
        for way in ways:
            self._ways[way] = self._ways.get(way, 0) + 1
        return Held(self, tuple(own), tuple(ways))

    def _release(self, held: Held) -> None:
        self._own.difference_update(held.own)
        for way in held.ways:
            self._ways[way] -= 1
            if not self._ways[way]:
                del self._ways[way]


class Held:
    """The claims of one operation."""

    def __init__(
        self, claims: Claims, own: tuple[Claim, ...], ways: tuple[tuple[Side, int], ...]
    ) -> None:
        """Taken already."""
        self._claims = claims
        self.own = own
        self.ways = ways

    def release(self) -> None:
        """Give them back, once."""
        self._claims._release(self)


def _own_claims(trees: TreeReader, operation: op.Operation) -> Iterator[Claim]:
    match operation:
        case op.Make(side, source, parent, name) | op.Transfer(side, source, parent, name):
            yield from _node(trees, side.other, source)
            yield place_claim(side, parent, name)
            if isinstance(operation, op.Transfer) and operation.target is not None:
                yield node_claim(side, operation.target)
        case op.Move(side, node, parent, name):
            yield from _node(trees, side, node)
            yield place_claim(side, parent, name)
        case op.Delete(side, node, _):
            yield from _node(trees, side, node)
        case op.SetAside(node, _):
            yield from _node(trees, Side.LOCAL, node)
        case op.Link(local, remote):
            yield from _node(trees, Side.LOCAL, local)
            yield from _node(trees, Side.REMOTE, remote)
        case op.Adopt(entry, side, node):
            yield from _entry(trees, entry)
            yield from _node(trees, side, node)
        case op.AgreePlace(entry) | op.AgreeContent(entry) | op.Revive(entry) | op.Forget(entry):
            yield from _entry(trees, entry)


def _node(trees: TreeReader, side: Side, node_id: int) -> Iterator[Claim]:
    """A node, its place, and those of its counterpart."""
    node = trees.node(side, node_id)
    if node is None:
        return
    if node.entry is not None:
        yield from _entry(trees, node.entry)
        return
    yield node_claim(side, node_id)
    if node.parent is not None:
        yield place_claim(side, node.parent, node.name)


def _entry(trees: TreeReader, entry_id: int) -> Iterator[Claim]:
    entry = trees.entry(entry_id)
    if entry is None:
        return
    for side in Side:
        node = trees.node(side, entry.node(side))
        if node is not None:
            yield node_claim(side, node.id)
            if node.parent is not None:
                yield place_claim(side, node.parent, node.name)


def _ways(trees: TreeReader, own: Iterable[Claim]) -> dict[tuple[Side, int], None]:
    """The directories above what is claimed."""
    ways: dict[tuple[Side, int], None] = {}
    for kind, side, number, _ in own:
        directory: int | None = number
        if kind == "node":
            node = trees.node(side, number)
            directory = None if node is None else node.parent
        if directory is not None and (side, directory) not in ways:
            ways.update(dict.fromkeys((side, one) for one in trees.chain(side, directory)))
    return ways
