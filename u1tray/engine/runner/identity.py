"""Whether what is seen now is what was seen before: by inodes, which are given again, and by how
files look.

Numbers alone tell little of a directory: new disks give equal ones to theirs, and vfat makes them
up with each mount.
"""

from __future__ import annotations

from u1tray.engine.core.values import Kind, Node
from u1tray.engine.ports import Folder, Listing, Names, Stat
from u1tray.engine.store.trees import TreeStore


async def is_moved(trees: TreeStore, folder: Folder, node: Node, names: Names) -> bool:
    """Whether what has the inode of a node, and could be it, is it: not a new directory.

    One in which only directories are known shows it by a rename; nothing would be lost by that.
    """
    if not node.is_directory:
        return True
    held = await holds_known(trees, folder, node, names)
    if held is not None:
        return held
    (listing,) = await folder.list([names])
    return isinstance(listing, Listing) and listing.was_renamed


async def holds_known(trees: TreeStore, folder: Folder, node: Node, names: Names) -> bool | None:
    """Whether a directory holds a file that is known to be in a node, or below it.

    None where no file is known there, and all that is there are the directories known.
    """
    (listing,) = await folder.list([names])
    if not isinstance(listing, Listing):
        return False
    seen = trees.seen_in(node.id)
    stats = {stat.inode: (name, stat) for name, stat in all_of(listing).items()}
    files = [stat for _, stat in seen.values() if stat.kind is Kind.FILE]
    if any(stat.inode in stats and could_be(stat, stats[stat.inode][1]) for stat in files):
        return True
    is_alike = not files and len(seen) == len(stats)
    for child_id, stat in seen.values():
        name, now = stats.get(stat.inode, ("", None))
        child = trees.node(node.side, child_id)
        if now is None or child is None or not (child.is_directory and could_be(stat, now)):
            is_alike = False
            continue
        held = await holds_known(trees, folder, child, (*names, name))
        if held:
            return True
        is_alike = is_alike and held is None
    return None if is_alike else False


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


def is_untouched(last: Stat, now: Stat) -> bool:
    """Whether nothing was written. Programs set `mtime_ns` back, so that only `ctime_ns` tells;
    a rename, a link or new rights change that as well."""
    return last[1:] == now[1:]
