"""An open upload as a plain value. Sizes in bytes, times in Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.server.files.preconditions import Preconditions
from u1tray.server.files.values import Names

MAX_OPEN = 100  # of one account (REST contract, 16.3)
LIFETIME_S = 7 * 86400.0  # after the last byte
# How long it is still said that an upload expired, not that there never was one.
REMEMBERED_S = 30 * 86400.0


@dataclass(frozen=True)
class Upload:
    """What a client is sending. `target` is `~/Docs/a.txt`, with names whose form was checked.

    `received` is what the client may rely on: on stable storage, and less than `length`, because
    the last byte commits.
    """

    id: str
    account_id: int
    target: str
    preconditions: Preconditions
    length: int
    received: int
    expires_at: float

    @property
    def names(self) -> Names:
        """The segments of the target."""
        return tuple(self.target.split("/"))
