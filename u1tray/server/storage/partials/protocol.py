"""What a store of unfinished uploads can do. Its functions block: call them in threads.

Knows bytes by the id of an upload, not accounts or offsets that were promised: how much of an
upload counts stands in its row. All may raise BusyError, writing QuotaError too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from u1tray.server.storage.contents import Received


class LeasedError(Exception):
    """Somebody else, in this process or another, appends to the upload now."""


class Leased(Protocol):
    """An upload that nobody else appends to until `release`."""

    def begin(self, offset: int) -> None:
        """Forget what is stored behind an offset, and write there. Raises FileNotFoundError."""

    def write(self, batch: list[bytes]) -> None:
        """Append; not yet on stable storage."""

    def sync(self) -> None:
        """All that was written is on stable storage when this returns."""

    def work_ahead(self, offset: int) -> None:
        """Do what `finish` has to do with the synced bytes below an offset; for a while.

        May run beside all else, and after `release`. Raises FileNotFoundError when it is gone.
        """

    def finish(self, size: int) -> Received:
        """All of it, `size` bytes, as a content in the store, durably; the upload stays too.

        Raises FileNotFoundError when bytes are missing.
        """

    def release(self) -> None:
        """Let others have it."""


class Partials(Protocol):
    """Uploads that wait for the rest of their bytes, seen by all processes."""

    def lease(self, upload: str) -> Leased:
        """The upload, begun where there is nothing of it. Raises LeasedError."""

    def reaches(self, upload: str, offset: int) -> bool:
        """Whether all bytes below an offset are still there."""

    def discard(self, upload: str) -> None:
        """Forget an upload; an unknown one does no harm."""

    def all(self) -> Iterator[str]:
        """The ids of all uploads of which there is something."""
