"""What a volume's trees know, and how what was made becomes observation and agreement in them.

Whatever the trees say when an effect is done is newer than the operation; what it made is agreed
as it was made, so that every later change shows as a difference.
"""

from __future__ import annotations

import sqlite3

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Kind, Names, Node, Side
from u1tray.engine.ports import Stat
from u1tray.engine.runner.answers import gone
from u1tray.engine.store.trees import TreeStore


class Agreements:
    """Reads and writes the trees for those that carry operations out.

    All raise Changed where what they need is gone, or agreed to be something else by now.
    """

    def __init__(self, trees: TreeStore) -> None:
        self.trees = trees

    # What the trees know

    def names(self, side: Side, node_id: int) -> Names:
        """The path of a node."""
        try:
            return self.trees.names(side, node_id)
        except KeyError:
            raise gone() from None

    def stat(self, node_id: int) -> Stat:
        """How a local node was seen last."""
        stat = self.trees.stat(node_id)
        if stat is None:
            raise gone()
        return stat

    def stats_below(self, names: Names, node_id: int) -> dict[Names, Stat]:
        """How a node and everything below it was seen."""
        stats = {names: self.stat(node_id)}
        for name, (child, stat) in self.trees.seen_in(node_id).items():
            if stat.kind is Kind.DIRECTORY:
                stats |= self.stats_below((*names, name), child)
            else:
                stats[(*names, name)] = stat
        return stats

    def alive(self, side: Side, node_id: int) -> int | None:
        """The node, unless it is gone."""
        return None if self.trees.node(side, node_id) is None else node_id

    def expect_epoch(self, epoch: int) -> None:
        """Raises Changed where all was compared anew since: what was made here is seen as new.

        Or it would count as deleted in the cloud, where an older state of it lacks it.
        """
        if self.trees.epoch != epoch:
            raise gone()

    # What was made becomes an observation and an agreement, in a transaction

    def appear_here(
        self, parent: int, name: str, kind: Kind, content: Content | None, stat: Stat
    ) -> Node:
        """Something of ours is in the folder."""
        trees = self.trees
        try:
            return trees.add(Side.LOCAL, parent, name, kind, content, stat=stat)
        except sqlite3.IntegrityError:  # it was seen already
            made = trees.child(Side.LOCAL, parent, name)
            if made is None:
                raise
            trees.see(made.id, stat)
            return made

    def link(self, local: int | None, remote: int | None, made: Node) -> None:
        """Two nodes are the same, as one of them was made."""
        trees = self.trees
        for side, node_id, across in ((Side.LOCAL, local, remote), (Side.REMOTE, remote, local)):
            node = trees.node(side, node_id)
            entry = None if node is None or node.entry is None else trees.entry(node.entry)
            if entry is not None and entry.node(side.other) not in (None, across):
                raise gone()
        directory = trees.node(made.side, made.parent)
        if directory is None or directory.entry is None:
            raise gone()
        trees.link(local, remote, made)

    def link_there(self, source: int, made: Node) -> None:
        """A local node is the same as what was made of it in the cloud."""
        self.link(self.alive(Side.LOCAL, source), self.alive(Side.REMOTE, made.id), made)

    def agree_place(self, side: Side, node_id: int, parent: int, name: str) -> None:
        """A node was moved to where the other side has it."""
        node, directory = self.trees.node(side, node_id), self.trees.node(side, parent)
        if node is None or node.entry is None or directory is None or directory.entry is None:
            return  # a place is one in an agreed directory
        self.trees.agree_place(node.entry, directory.entry, name)

    def agree_content(self, side: Side, target: int, content: Content) -> None:
        """A file has the content that the other side has."""
        node = self.trees.node(side, target)
        if node is not None and node.entry is not None:
            self.trees.agree_content(node.entry, content)

    # Operations that change agreements and nothing else

    def note(self, note: op.Operation) -> None:
        """Carry one out."""
        trees = self.trees
        match note:
            case op.Link(local, remote):
                made = trees.node(Side.REMOTE, remote)
                if made is None:
                    raise gone()
                trees.link(local, remote, made)
            case op.Adopt(entry, side, node):
                trees.adopt(entry, side, node)
            case op.AgreePlace(entry):
                self._note_place(entry)
            case op.AgreeContent(entry):
                agreed = trees.entry(entry)
                remote_node = None if agreed is None else trees.node(Side.REMOTE, agreed.remote)
                if remote_node is None:
                    raise gone()
                trees.agree_content(entry, remote_node.content)
            case op.Revive(entry):
                trees.revive(entry)
            case op.Forget(entry):
                trees.forget(entry)

    def _note_place(self, entry_id: int) -> None:
        trees = self.trees
        entry = trees.entry(entry_id)
        node = None if entry is None else trees.node(Side.LOCAL, entry.local)
        directory = None if node is None else trees.node(Side.LOCAL, node.parent)
        if node is None or directory is None or directory.entry is None:
            raise gone()
        trees.agree_place(entry_id, directory.entry, node.name)
