"""What became of a folder that was imported or exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum


class Reason(str, Enum):
    """Why something was left out."""

    SYMLINK = "symlink"  # never followed
    SPECIAL = "special"  # a device, a pipe, a socket
    NO_CONTENT = "no-content"  # a file in the cloud that was never filled
    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    BAD_NAME = "bad-name"
    PATH_TOO_LONG = "path-too-long"
    IN_THE_WAY = "in-the-way"  # a file where a directory belongs, or a directory for a file
    DIFFERS = "differs"  # there is another file already
    BUSY = "busy"
    DAMAGED = "damaged"  # the cloud has lost the bytes: see fsck


# To be expected, and no failure.
HARMLESS = frozenset({Reason.SYMLINK, Reason.SPECIAL, Reason.NO_CONTENT})


@dataclass
class Tally:
    """Counts of what was done; each thing left out is told as it happens."""

    tell: Callable[[str, Reason], None]
    files: int = 0
    size: int = 0
    kept: int = 0
    directories: int = 0
    left_out: Counter[Reason] = field(default_factory=Counter)

    def leave_out(self, path: str, reason: Reason) -> None:
        """Something is not imported or exported."""
        self.left_out[reason] += 1
        self.tell(path, reason)

    @property
    def failures(self) -> int:
        """How many things should have been done and were not."""
        return sum(count for reason, count in self.left_out.items() if reason not in HARMLESS)
