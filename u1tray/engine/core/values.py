"""The three trees of a volume: what is seen here, what is seen in the cloud, what was agreed.

A node is an observation of one side and keeps its id through moves. An entry is what both sides
agreed on last, and which node of either side it stands for.

These are tuples, because several of each are made and compared for every file.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple, Protocol

Names = tuple[str, ...]
"""A path below the root of a volume; its root is `()`."""


class Side(enum.Enum):
    """Where a node is seen."""

    LOCAL = "local"
    REMOTE = "remote"

    __hash__ = object.__hash__  # members are alone; that of enum.Enum is written in Python

    @property
    def other(self) -> Side:
        """The side across."""
        return Side.REMOTE if self is Side.LOCAL else Side.LOCAL


class Kind(enum.Enum):
    """What a node is; it never becomes the other."""

    FILE = "file"
    DIRECTORY = "directory"

    __hash__ = object.__hash__


class Content(NamedTuple):
    """The bytes of a file, by their SHA-1 (REST contract, 3) and number."""

    sha1: bytes
    size: int


class Node(NamedTuple):
    """A file or directory as one side shows it.

    `content` is None for a directory, for a local file that is being written or was not read
    yet, and for a file of the cloud that has no content. `entry` is what it is agreed to be.
    """

    side: Side
    id: int
    parent: int | None
    name: str
    kind: Kind
    content: Content | None = None
    entry: int | None = None

    @property
    def is_directory(self) -> bool:
        """Else it is a file."""
        return self.kind is Kind.DIRECTORY


class Entry(NamedTuple):
    """What both sides agreed on last: the base of every comparison.

    `local` and `remote` are the ids of its nodes, None where there is none any more. An entry
    that is `revived` wants the missing one made again; without that, missing means deleted.
    """

    id: int
    parent: int | None
    name: str
    kind: Kind
    content: Content | None
    local: int | None
    remote: int | None
    revived: bool = False

    def node(self, side: Side) -> int | None:
        """The id of its node on a side."""
        return self.local if side is Side.LOCAL else self.remote


class Subject(NamedTuple):
    """What a decision is about: an entry (no side), or a node that nothing was agreed on."""

    id: int
    side: Side | None = None


NOWHERE = "\0"
"""Begins the name of what stands in another's place, until it is known where it went."""


def subject_of(node: Node) -> Subject:
    """What a decision about a node is about."""
    return Subject(node.id, node.side) if node.entry is None else Subject(node.entry)


class Trees(Protocol):
    """The three trees of one volume, for reading."""

    def node(self, side: Side, node_id: int | None) -> Node | None:
        """The node of an id."""

    def child(self, side: Side, parent: int, name: str) -> Node | None:
        """The node of a name in a directory."""

    def children(self, side: Side, parent: int) -> Iterator[Node]:
        """The nodes in a directory."""

    def entry(self, entry_id: int) -> Entry | None:
        """The entry of an id."""

    def was_sent(self, local_id: int, content: Content) -> bool:
        """Whether a content was on its way from a local file to the cloud, and may be there."""

    def is_going(self, entry_id: int) -> bool:
        """Whether the cloud was asked to delete an entry's node, and has not told what is since."""

    def has_entries_below(self, entry_id: int) -> bool:
        """Whether any entry names this one as its parent."""
