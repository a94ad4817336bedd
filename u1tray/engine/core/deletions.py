"""What follows when one side lost a node: deletion on the other side, unless something changed.

A change of any kind beats a deletion, and so does anything new below a deleted directory.
"""

from __future__ import annotations

import enum

from u1tray.engine.core.operations import Blocked, Cause, Decision, Delete, Revive, Stuck
from u1tray.engine.core.places import counterpart_of_parent, has_moved
from u1tray.engine.core.values import Entry, Node, Side, Subject, Trees, subject_of


class _Fate(enum.Enum):
    GOES = "goes"
    STAYS = "stays"


def decide_removal(trees: Trees, entry: Entry, left: Node) -> Decision:
    """What happens to the node that is left of an entry."""
    fate = _fate(trees, entry, left)
    if fate is _Fate.STAYS:
        return Revive(entry.id)
    if fate is not _Fate.GOES:
        return fate
    if left.side is Side.LOCAL:
        return _go_with_parent(trees, entry) or Delete(Side.LOCAL, left.id, entry.content)
    if trees.is_going(entry.id):
        # Asked once more, it would delete what another device has put at its place since.
        return Stuck(left.side, left.id, Cause.GOING)
    # In the cloud each file is deleted on condition that it is still the same; the last child is
    # likely to be deleted last, so that one is waited for.
    children = list(trees.children(Side.REMOTE, left.id)) if left.is_directory else []
    if children:
        last = children[-1]
        return Blocked(subject_of(last))
    return Delete(Side.REMOTE, left.id, entry.content)


def made_anew(trees: Trees, entry: Entry, left: Node) -> Node | None:
    """What the side that lost a node has of its kind at the same place, and is agreed to be none.

    Its deletion may be held, and whatever was made anew must not wait for an answer to that. But
    where the cloud may have deleted it, its news would be taken for a deletion of the new one.
    """
    if entry.revived or has_moved(trees, entry, left):
        return None
    if left.side is Side.REMOTE and trees.is_going(entry.id):
        return None
    parent = counterpart_of_parent(trees, left)
    there = None if isinstance(parent, Blocked) else trees.child(parent.side, parent.id, left.name)
    if there is None or there.entry is not None or there.kind is not left.kind:
        return None
    return there if there.is_directory or there.content is not None else None


def _go_with_parent(trees: Trees, entry: Entry) -> Blocked | None:
    """A whole directory goes to the trash at once, not file by file."""
    parent = None if entry.parent is None else trees.entry(entry.parent)
    if parent is None or parent.remote is not None or parent.revived:
        return None
    return Blocked(Subject(parent.id))


def _fate(trees: Trees, entry: Entry, left: Node) -> _Fate | Blocked | Stuck:
    """Whether a node whose counterpart was deleted goes or stays, or what decides that first."""
    if entry.revived or has_moved(trees, entry, left):
        return _Fate.STAYS
    if not left.is_directory:
        if left.content is None and left.side is Side.LOCAL:
            return Stuck(left.side, left.id, Cause.BEING_WRITTEN)
        return _Fate.GOES if left.content == entry.content else _Fate.STAYS
    waits: Blocked | None = None
    for child in trees.children(left.side, left.id):
        fate = _fate_of_child(trees, child)
        if fate is _Fate.STAYS:
            return _Fate.STAYS
        if fate is not _Fate.GOES:
            waits = Blocked(subject_of(child))
    return waits or _Fate.GOES


def _fate_of_child(trees: Trees, child: Node) -> _Fate | Blocked | Stuck:
    entry = None if child.entry is None else trees.entry(child.entry)
    if entry is None:
        return _Fate.STAYS
    counterpart = trees.node(child.side.other, entry.node(child.side.other))
    if counterpart is None:
        return _fate(trees, entry, child)
    # The other side still has it. Moved out there, it will leave; moved in here, it will stay.
    if _follows(trees, entry, child, counterpart):
        return Blocked(Subject(entry.id))
    return _Fate.STAYS


def _follows(trees: Trees, entry: Entry, child: Node, counterpart: Node) -> bool:
    """Whether the child will move to where its counterpart is (the cloud's moves win)."""
    if not has_moved(trees, entry, counterpart):
        return False
    return child.side is Side.LOCAL or not has_moved(trees, entry, child)
