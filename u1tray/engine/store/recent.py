"""What was read of the trees a moment ago, so that one decision does not ask for it ten times.

Exact as long as every write tells what it changes; holds so few that a large volume costs nothing.
"""

from __future__ import annotations

from u1tray.engine.core.values import Entry, Kind, Names, Node, Side

MOST = 2048  # of each kind


class Recent:
    """Nodes, entries and facts as they are in the store."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self.nodes: dict[Side, dict[int, Node]] = {side: {} for side in Side}
        self._entries: dict[int, Entry] = {}
        self._keys: dict[int, str] = {}
        self._paths: dict[Side, dict[int, Names]] = {side: {} for side in Side}
        self._chains: dict[Side, dict[int, tuple[int, ...]]] = {side: {} for side in Side}
        self.facts: dict[str, str | None] = {}
        self.files: int | None = None
        """How many files are agreed."""

    def node(self, side: Side, node_id: int) -> Node | None:
        """A node, if it is known."""
        return self.nodes[side].get(node_id)

    def entry(self, entry_id: int) -> Entry | None:
        """An entry, if it is known."""
        return self._entries.get(entry_id)

    def key(self, remote_id: int) -> str | None:
        """The key of a node of the cloud, if it is known; it never changes but for a root's."""
        return self._keys.get(remote_id)

    def path(self, side: Side, directory: int) -> Names | None:
        """The path of a directory, if it is known."""
        return self._paths[side].get(directory)

    def keep_node(self, node: Node) -> None:
        """A node was read."""
        nodes = self.nodes[node.side]
        if len(nodes) >= MOST:
            nodes.clear()
        nodes[node.id] = node

    def keep_entry(self, entry: Entry) -> None:
        """An entry was read."""
        if len(self._entries) >= MOST:
            self._entries.clear()
        self._entries[entry.id] = entry

    def keep_key(self, remote_id: int, key: str) -> None:
        """The key of a node of the cloud was read."""
        if len(self._keys) >= MOST:
            self._keys.clear()
        self._keys[remote_id] = key

    def keep_path(self, side: Side, directory: int, names: Names) -> None:
        """The path of a directory was found."""
        paths = self._paths[side]
        if len(paths) >= MOST:
            paths.clear()
        paths[directory] = names

    def chain(self, side: Side, directory: int) -> tuple[int, ...] | None:
        """The ids of a directory and of all above it, if they are known."""
        return self._chains[side].get(directory)

    def keep_chain(self, side: Side, directory: int, chain: tuple[int, ...]) -> None:
        """What is above a directory was found."""
        chains = self._chains[side]
        if len(chains) >= MOST:
            chains.clear()
        chains[directory] = chain

    def forget_paths(self, side: Side) -> None:
        """Something may stand elsewhere."""
        self._paths[side].clear()
        self._chains[side].clear()

    def drop_node(self, side: Side, node_id: int | None) -> None:
        """A node is changed, or what it is agreed to be."""
        if node_id is not None:
            self.nodes[side].pop(node_id, None)
            if side is Side.REMOTE:
                self._keys.pop(node_id, None)

    def drop_entry(self, entry_id: int) -> None:
        """An entry is changed, but not which nodes it stands for."""
        self._entries.pop(entry_id, None)

    def count(self, kind: Kind, number: int) -> None:
        """So many entries of a kind are there more."""
        if self.files is not None and kind is Kind.FILE:
            self.files += number

    def clear(self) -> None:
        """Anything may be changed."""
        self.shed()
        self.facts.clear()
        self.files = None

    def shed(self) -> None:
        """Keep little: whatever takes room is read again when it is needed."""
        for nodes in self.nodes.values():
            nodes.clear()
        self._entries.clear()
        self._keys.clear()
        for side in Side:
            self.forget_paths(side)
