"""The planner: what to do about one subject, as a pure function of the three trees.

Every difference between the trees is a subject; when no subject has a decision left, the sides
are the same. Outstanding work is never stored: after a crash the same trees give the same plan.
"""

from __future__ import annotations

from u1tray.engine.core.deletions import decide_removal, made_anew
from u1tray.engine.core.operations import (
    Adopt,
    AgreeContent,
    AgreePlace,
    Blocked,
    Cause,
    Decision,
    Forget,
    Link,
    Make,
    SetAside,
    Stuck,
    Transfer,
)
from u1tray.engine.core.places import (
    agreed_place,
    counterpart_of_parent,
    make_room,
    move_like,
    place_of,
)
from u1tray.engine.core.values import (
    NOWHERE,
    Entry,
    Kind,
    Node,
    Side,
    Subject,
    Trees,
    subject_of,
)


def decide(trees: Trees, subject: Subject) -> Decision:
    """What is to be done about a subject next; None when it is in sync or gone."""
    if subject.side is None:
        entry = trees.entry(subject.id)
        return None if entry is None else _decide_entry(trees, entry)
    node = trees.node(subject.side, subject.id)
    if node is None or node.entry is not None:
        return None
    return _appear(trees, node)


def _decide_entry(trees: Trees, entry: Entry) -> Decision:
    local = trees.node(Side.LOCAL, entry.local)
    remote = trees.node(Side.REMOTE, entry.remote)
    if local is not None and remote is not None:
        return _compare(trees, entry, local, remote)
    left = local or remote
    if left is None:
        return _forget(trees, entry)
    if entry.revived:
        return _appear(trees, left)
    anew = made_anew(trees, entry, left)
    if anew is not None:
        return Adopt(entry.id, anew.side, anew.id)
    return decide_removal(trees, entry, left)


def _forget(trees: Trees, entry: Entry) -> Decision:
    # What was agreed to be in it, and is elsewhere now, needs it until that is agreed.
    return None if trees.has_entries_below(entry.id) else Forget(entry.id)


def _compare(trees: Trees, entry: Entry, local: Node, remote: Node) -> Decision:
    if entry.parent is None:
        return None  # the root of the volume
    moved = _compare_places(trees, entry, local, remote)
    if moved is not None or entry.kind is Kind.DIRECTORY:
        return moved
    return _compare_contents(trees, entry, local, remote)


def _compare_places(trees: Trees, entry: Entry, local: Node, remote: Node) -> Decision:
    here, there, agreed = place_of(trees, local), place_of(trees, remote), agreed_place(entry)
    if here == there and here.parent is not None:
        return None if here == agreed else AgreePlace(entry.id)
    if there != agreed:
        return move_like(trees, local, remote)
    return _nameless(local) or move_like(trees, remote, local)


def _compare_contents(trees: Trees, entry: Entry, local: Node, remote: Node) -> Decision:
    if local.content is None:
        return Stuck(Side.LOCAL, local.id, Cause.BEING_WRITTEN)
    if local.content == remote.content:
        return None if entry.content == local.content else AgreeContent(entry.id)
    if remote.content in (None, entry.content):
        return _replace(local, remote)
    if _came_from_here(trees, local, remote):
        return AgreeContent(entry.id)
    if local.content == entry.content:
        return _replace(remote, local)
    return SetAside(local.id, is_parted=True)


def _replace(source: Node, target: Node) -> Transfer:
    assert source.content is not None
    assert target.parent is not None
    return Transfer(
        target.side,
        source.id,
        target.parent,
        target.name,
        source.content,
        target=target.id,
        replaces=target.content,
    )


def _appear(trees: Trees, node: Node) -> Decision:
    """Bring a node that only one side has to the other."""
    nameless = _nameless(node)
    if nameless is not None:
        return nameless
    if not node.is_directory and node.content is None:
        # First of all: its content can be read while its directory is made on the other side.
        cause = Cause.BEING_WRITTEN if node.side is Side.LOCAL else Cause.NO_CONTENT
        return Stuck(node.side, node.id, cause)
    parent = counterpart_of_parent(trees, node)
    if isinstance(parent, Blocked):
        return parent
    occupant = trees.child(parent.side, parent.id, node.name)
    if occupant is None:
        return _make(node, parent)
    if _is_free(trees, occupant):
        return _meet(trees, node, occupant)
    return _take_over(trees, node, occupant) or make_room(trees, occupant, node)


def _take_over(trees: Trees, node: Node, occupant: Node) -> Adopt | None:
    """What stands in the way is what this side lost, and this is what was made in its place."""
    entry = None if occupant.entry is None else trees.entry(occupant.entry)
    if entry is None or entry.node(node.side) is not None:
        return None
    anew = made_anew(trees, entry, occupant)
    return Adopt(entry.id, node.side, node.id) if anew is not None and anew.id == node.id else None


def _make(node: Node, parent: Node) -> Decision:
    if node.content is None:
        return Make(parent.side, node.id, parent.id, node.name)
    return Transfer(parent.side, node.id, parent.id, node.name, node.content)


def _is_free(trees: Trees, node: Node) -> bool:
    """Whether a node has no counterpart and waits for one, too."""
    if node.entry is None:
        return True
    entry = trees.entry(node.entry)
    return entry is not None and entry.revived


def _meet(trees: Trees, node: Node, occupant: Node) -> Decision:
    """Both sides have something new of one name."""
    local, remote = (node, occupant) if node.side is Side.LOCAL else (occupant, node)
    if local.kind is remote.kind is Kind.DIRECTORY:
        return Link(local.id, remote.id)
    if local.kind is remote.kind:
        if occupant.content is None:
            return Blocked(subject_of(occupant))
        if local.content == remote.content or _came_from_here(trees, local, remote):
            return Link(local.id, remote.id)
    return SetAside(local.id, is_parted=False)


def _came_from_here(trees: Trees, local: Node, remote: Node) -> bool:
    """Whether the cloud's content is an earlier one of the local file, so that none is lost."""
    return remote.content is not None and trees.was_sent(local.id, remote.content)


def _nameless(node: Node) -> Stuck | None:
    """Why a name is none that the cloud could have."""
    if node.name.startswith(NOWHERE):
        return Stuck(node.side, node.id, Cause.MISPLACED)
    try:
        node.name.encode()
    except UnicodeEncodeError:
        return Stuck(node.side, node.id, Cause.UNKNOWN_ENCODING)
    return None
