"""Where nodes stand, in terms of what is agreed, and how one makes room for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from u1tray.engine.core.operations import Blocked, Decision, Move, SetAside
from u1tray.engine.core.values import Entry, Node, Side, Subject, Trees, subject_of


class Place(NamedTuple):
    """A name in an agreed directory; `parent` is None in a directory that is not agreed yet."""

    parent: int | None
    name: str


def place_of(trees: Trees, node: Node) -> Place:
    """Where a node stands."""
    parent = trees.node(node.side, node.parent)
    return Place(None if parent is None else parent.entry, node.name)


def agreed_place(entry: Entry) -> Place:
    """Where an entry was agreed to stand."""
    return Place(entry.parent, entry.name)


def has_moved(trees: Trees, entry: Entry, node: Node) -> bool:
    """Whether a node of an entry stands elsewhere than agreed."""
    return place_of(trees, node) != agreed_place(entry)


def counterpart_of_parent(trees: Trees, node: Node) -> Node | Blocked:
    """The directory of the other side that corresponds to a node's own."""
    parent = trees.node(node.side, node.parent)
    assert parent is not None
    if parent.entry is None:
        return Blocked(Subject(parent.id, parent.side))
    entry = trees.entry(parent.entry)
    assert entry is not None
    return trees.node(node.side.other, entry.node(node.side.other)) or Blocked(Subject(entry.id))


def move_like(trees: Trees, mover: Node, model: Node) -> Decision:
    """Move a node to where its counterpart `model` stands on the other side."""
    parent = counterpart_of_parent(trees, model)
    if isinstance(parent, Blocked):
        return _leave_the_way(trees, mover, model) or parent
    inner = _chain_into(trees, parent, mover)
    if inner:
        return _break_nesting(trees, mover, model, inner)
    occupant = trees.child(mover.side, parent.id, model.name)
    if occupant is None or occupant.id == mover.id:
        return Move(mover.side, mover.id, parent.id, model.name)
    decision = make_room(trees, occupant, model)
    if isinstance(decision, Blocked):
        return _leave_the_way(trees, mover, model) or decision
    return decision


def make_room(trees: Trees, occupant: Node, seeker: Node) -> Decision:
    """What to do about a node that stands where `seeker` stands on the other side.

    What only one side has or moved here gives way if it is the local one.
    """
    local = occupant if occupant.side is Side.LOCAL else seeker
    if occupant.entry is None:
        return SetAside(local.id, is_parted=False)
    entry = trees.entry(occupant.entry)
    assert entry is not None
    counterpart = trees.node(seeker.side, entry.node(seeker.side))
    if counterpart is None:
        return Blocked(Subject(entry.id))
    leaves = has_moved(trees, entry, counterpart) and (
        occupant.side is Side.LOCAL or not has_moved(trees, entry, occupant)
    )
    if leaves:
        return _break_ring(trees, entry, occupant) or Blocked(Subject(entry.id))
    return SetAside(local.id, is_parted=False)


def passing_name(entry_id: int) -> str:
    """A name for the moment in which two nodes change places."""
    return f".u1tray-{entry_id}.moving"


def _chain_into(trees: Trees, node: Node, ancestor: Node) -> list[Node]:
    """The nodes from `node` up to just below `ancestor`, or nothing if that is not above it."""
    chain: list[Node] = []
    current: Node | None = node
    while current is not None:
        if current.id == ancestor.id:
            return chain or [node]
        chain.append(current)
        current = trees.node(current.side, current.parent)
    return []


def _break_nesting(trees: Trees, mover: Node, model: Node, chain: list[Node]) -> Decision:
    """A directory is to move into its own tree: something on the way has to leave first."""
    for node in chain:
        if node.entry is None or node.id == mover.id:
            continue
        entry = trees.entry(node.entry)
        assert entry is not None
        other = trees.node(node.side.other, entry.node(node.side.other))
        if other is not None and _moves(trees, entry, mover.side):
            return Blocked(Subject(entry.id))
    # Both sides moved directories into each other: the cloud's order stays.
    return move_like(trees, model, mover) if mover.side is Side.REMOTE else _waits(trees, chain)


def _moves(trees: Trees, entry: Entry, side: Side) -> bool:
    """Whether the entry's node on a side is to follow the one on the other."""
    local = trees.node(Side.LOCAL, entry.local)
    remote = trees.node(Side.REMOTE, entry.remote)
    if local is None or remote is None:
        return False
    if has_moved(trees, entry, remote):
        return side is Side.LOCAL
    return side is Side.REMOTE and has_moved(trees, entry, local)


def _waits(trees: Trees, chain: list[Node]) -> Decision:
    for node in chain:
        entry = None if node.entry is None else trees.entry(node.entry)
        if entry is not None and has_moved(trees, entry, node):
            return Blocked(Subject(entry.id))
    return Blocked(subject_of(chain[-1]))


def _break_ring(trees: Trees, start: Entry, occupant: Node) -> Decision:
    """A move to a passing name, where nodes wait for each other's place in a ring.

    The entry of the lowest id in the ring goes first; None where there is no ring.
    """
    side = occupant.side
    ring: list[int] = []
    entry: Entry | None = start
    while entry is not None and entry.id not in ring:
        ring.append(entry.id)
        entry = _in_the_way_of(trees, entry, side)
    if entry is None:
        return None
    first = trees.entry(min(ring[ring.index(entry.id) :]))
    assert first is not None
    node = trees.node(side, first.node(side))
    if node is None or node.parent is None:
        return None
    return Move(side, node.id, node.parent, passing_name(first.id))


def _leave_the_way(trees: Trees, mover: Node, model: Node) -> Move | None:
    """A node that waits for the very directory it lies in leaves that one first."""
    wanted = _wanted(trees, model)
    occupant = None if wanted is None else trees.child(mover.side, wanted.parent, wanted.name)
    if wanted is None or occupant is None or occupant.id == mover.id:
        return None
    if not _chain_into(trees, mover, occupant):
        return None
    assert mover.entry is not None
    return Move(mover.side, mover.id, wanted.parent, passing_name(mover.entry))


def _in_the_way_of(trees: Trees, entry: Entry, side: Side) -> Entry | None:
    """What stands where an entry's node is to move on a side, or where that place's parent is."""
    model = trees.node(side.other, entry.node(side.other))
    if model is None or not _moves(trees, entry, side):
        return None
    wanted = _wanted(trees, model)
    there = None if wanted is None else trees.child(side, wanted.parent, wanted.name)
    return None if there is None or there.entry is None else trees.entry(there.entry)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A place on one side: the id of a directory, and a name."""

    parent: int
    name: str


def _wanted(trees: Trees, model: Node) -> _Wanted | None:
    """The place that the other side needs first for `model`, or for the directories above it."""
    parent = counterpart_of_parent(trees, model)
    while isinstance(parent, Blocked):
        above = _to_be_made(trees, parent.by, model.side)
        if above is None:
            return None
        model = above
        parent = counterpart_of_parent(trees, model)
    return _Wanted(parent.id, model.name)


def _to_be_made(trees: Trees, subject: Subject, side: Side) -> Node | None:
    """The node of a side that the other side gets first, and needs a place for."""
    if subject.side is not None:
        return trees.node(side, subject.id)
    entry = trees.entry(subject.id)
    return trees.node(side, entry.node(side)) if entry is not None and entry.revived else None
