"""What sync did to the folder and to the cloud: the entries of a volume's journal."""

from __future__ import annotations

import enum
from typing import NamedTuple

from u1tray.engine.core.values import Content, Kind, Names, Side


class Deed(enum.Enum):
    """What was done to a file or directory of a side, because of the other."""

    MADE = "made"
    REPLACED = "replaced"
    MOVED = "moved"
    DELETED = "deleted"
    SET_ASIDE = "set aside"


class Seen(NamedTuple):
    """How a local node looked before: enough to know it again wherever it is."""

    inode: int
    mtime_ns: int


class JournalEntry(NamedTuple):
    """One deed, at a Unix time. `id` grows; 0 before it is written.

    `target` is where something was moved to; `node` is the local node it is about, if any.
    `before` and `after` are a file's contents, as far as there were some. Without `is_done`, a
    crash came in between, and nobody knows; `is_undone` where it was taken back.
    """

    id: int
    at: float
    side: Side
    deed: Deed
    kind: Kind
    names: Names
    target: Names | None = None
    node: int | None = None
    before: Content | None = None
    after: Content | None = None
    seen: Seen | None = None
    is_done: bool = True
    is_undone: bool = False

    def concerns(self, names: Names) -> bool:
        """Whether it is about this path, or something below it."""
        places = (self.names, self.target or self.names)
        return any(place[: len(names)] == names for place in places)
