"""What can be decided about a subject: something to do, something to wait for, or nothing.

Each operation names what it expects to find; whoever carries it out checks that at the last
moment, and changes nothing where it is not so (the plan is then made again from what is seen).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from u1tray.engine.core.values import Content, Side, Subject


@dataclass(frozen=True, slots=True)
class Make:
    """Make a directory on a side, like `source` on the other."""

    side: Side
    source: int
    parent: int
    name: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Give a side the content of `source`, a file of the other side.

    `target` is the file whose content `replaces` goes; without one, a new file is made.
    """

    side: Side
    source: int
    parent: int
    name: str
    content: Content
    target: int | None = None
    replaces: Content | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Move a node of a side to a place that is free there."""

    side: Side
    node: int
    parent: int
    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a node of a side that is still as agreed.

    Here, a directory goes to the trash as a whole; in the cloud, it is empty by then.
    """

    side: Side
    node: int
    content: Content | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rename a local node to a conflict's name, so that the cloud's can take its place.

    With `is_parted` it is no longer what its entry is: both versions go on separately.
    """

    node: int
    is_parted: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Agree that a local and a remote node are the same, with the content the cloud has."""

    local: int
    remote: int


@dataclass(frozen=True, slots=True)
class Adopt:
    """What a side lost was made anew at its place: a change of it, and no deletion."""

    entry: int
    side: Side
    node: int


@dataclass(frozen=True, slots=True)
class AgreePlace:
    """Both sides moved it to the same place."""

    entry: int


@dataclass(frozen=True, slots=True)
class AgreeContent:
    """Agree on the content the cloud has: it is the local one, or was sent from here."""

    entry: int


@dataclass(frozen=True, slots=True)
class Revive:
    """A deletion met a change on the other side: the change wins."""

    entry: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Both sides deleted it."""

    entry: int


class Cause(enum.Enum):
    """Why nothing can be done about a node for now."""

    BEING_WRITTEN = "being written"
    NO_CONTENT = "no content"
    UNKNOWN_ENCODING = "unknown encoding"
    MISPLACED = "not found again yet"
    GOING = "being deleted"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Another subject comes first."""

    by: Subject


@dataclass(frozen=True, slots=True)
class Stuck:
    """Nothing of ours can change that: a new observation of the node will."""

    side: Side
    node: int
    cause: Cause


Note = Link | Adopt | AgreePlace | AgreeContent | Revive | Forget
"""Changes what is agreed and nothing else."""

Operation = Make | Transfer | Move | Delete | SetAside | Note
Decision = Operation | Blocked | Stuck | None
"""None: in sync."""
