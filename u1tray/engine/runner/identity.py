"""Whether what is seen now is what was seen before: by inodes, which are given again, and by how
files look.

Numbers alone tell little of a directory: new disks give equal ones to theirs, and vfat makes them
up with each mount.
"""

from __future__ import annotations

from u1tray.engine.core.values import Kind, Node
from u1tray.engine.ports import Folder, Listing, Names, Stat
from u1tray.engine.store.trees import TreeStore


async def holds_known(
    trees: TreeStore, folder: Folder, node: Node, names: Names, *, if_bare: bool
) -> bool:
    """Whether a directory holds a file that is known to be in a node, or below it.

    `if_bare` is the answer where nothing is known to be in the node, or in a directory below it
    that has its inode still.
    """
    seen = trees.seen_in(node.id) if node.is_directory else {}
    if not seen:
        return if_bare
    (listing,) = await folder.list([names])
    if not isinstance(listing, Listing):
        return False
    stats = {stat.inode: (name, stat) for name, stat in all_of(listing).items()}
    files = [stat for _, stat in seen.values() if stat.kind is Kind.FILE]
    if any(stat.inode in stats and could_be(stat, stats[stat.inode][1]) for stat in files):
        return True
    for child_id, stat in seen.values():
        name, now = stats.get(stat.inode, ("", None))
        child = trees.node(node.side, child_id)
        if now is None or child is None or not (child.is_directory and could_be(stat, now)):
            continue
        if await holds_known(trees, folder, child, (*names, name), if_bare=if_bare):
            return True
    return False


def all_of(listing: Listing) -> dict[str, Stat]:
    """What is ignored, too."""
    return {**listing.ignored, **listing.stats}


def is_same(one: Stat, other: Stat) -> bool:
    """Whether they were seen of the same file or directory, one right after the other."""
    return (one.device, one.inode, one.kind) == (other.device, other.inode, other.kind)


def could_be(last: Stat, now: Stat) -> bool:
    """Whether a node seen so may look like that after a move: inodes are given again."""
    if last.kind is not now.kind:
        return False
    return last.kind is Kind.DIRECTORY or (last.size, last.mtime_ns) == (now.size, now.mtime_ns)


def has_same_bytes(last: Stat, now: Stat) -> bool:
    """Whether nothing was written: a rename or new rights change `ctime_ns` alone."""
    return (last.inode, last.size, last.mtime_ns) == (now.inode, now.size, now.mtime_ns)
