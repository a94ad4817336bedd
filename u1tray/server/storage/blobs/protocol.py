"""What a store of blobs can do. Its functions block: call them in threads.

All of them may raise BusyError: the store fails, is not reached, or does not answer in time;
nothing was changed, or nobody can tell; asking again does no harm. Writing may raise QuotaError:
the store is full.

A blob that is not yet, or no longer, named by the database is an orphan. Only the collector
(`storage/garbage.py`) and the repair of damage may delete blobs; see there why nobody loses one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

CHUNK_BYTES = 1024 * 1024  # blobs are read in pieces of at most this


@dataclass(frozen=True)
class BlobInfo:
    """One stored blob; `stored_at` (Unix seconds, the store's clock) is renewed by every `keep`."""

    sha256: bytes
    size: int
    stored_at: float


@dataclass(frozen=True)
class Part:
    """Stored bytes of an open upload, from `offset` on."""

    offset: int
    size: int


class BlobWriter(Protocol):
    """A blob on its way in. Ends with `keep` or `discard`."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def keep(self, sha256: bytes) -> None:
        """Store what was written under its hash; on stable storage when this returns."""

    def discard(self) -> None:
        """Forget what was written; also after a failed `keep`. Raises nothing."""


class PartWriter(Protocol):
    """A part of an open upload on its way in. Ends with `keep` or `discard`."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def keep(self) -> None:
        """Store what was written; on stable storage when this returns."""

    def discard(self) -> None:
        """Forget what was written; also after a failed `keep`. Raises nothing."""


class Parts(Protocol):
    """What arrived of open uploads: bytes by (upload, offset), seen by all processes.

    For uploads that are resumed, which keep what arrived across restarts. `upload` is a name of
    1 to 64 characters A-Z a-z 0-9 _ and -. Whoever owns the uploads knows which parts count
    (his table says up to which offset); a part of the same offset replaces the former.
    A store keeps no tiny part well: put those below a few KiB elsewhere.
    """

    def part_writer(self, upload: str, offset: int) -> PartWriter:
        """A new part."""

    def parts(self, upload: str) -> list[Part]:
        """What is stored of an upload, sorted by offset; none of an unknown one."""

    def read_part(self, upload: str, offset: int) -> Iterator[bytes]:
        """All bytes of a part, in pieces. Raises FileNotFoundError, here or at the first piece."""

    def delete_parts(self, upload: str) -> None:
        """Forget an upload; an unknown one does no harm."""

    def open_uploads(self) -> Iterator[str]:
        """The names of all uploads of which a part is stored, each once."""


class Blobs(Parts, Protocol):
    """Blobs by the SHA-256 of their bytes; each is stored once."""

    def writer(self) -> BlobWriter:
        """A new blob."""

    def find(self, sha256: bytes) -> BlobInfo | None:
        """What is known of a blob; None when it is not there."""

    def file(self, sha256: bytes) -> BinaryIO | None:
        """The open file of a blob, for sendfile; None where blobs are no files.

        Raises FileNotFoundError.
        """

    def read(self, sha256: bytes, offset: int = 0, count: int | None = None) -> Iterator[bytes]:
        """`count` bytes from `offset` on (all the rest by default), in pieces.

        Ends early only by an exception: FileNotFoundError, BusyError; here or at any piece.
        """

    def all(self) -> Iterator[BlobInfo]:
        """Every blob, in no order; what is stored or deleted meanwhile may be among it or not."""

    def delete(self, sha256: bytes) -> None:
        """Remove a blob, at once; one that is not there does no harm."""

    def clean_up(self, before: float) -> int:
        """Remove what writers that are gone left behind; those begun after `before` stay.

        `before` in Unix seconds. How many were removed.
        """

    def probe(self) -> None:
        """See whether the store answers. Raises BusyError."""

    def close(self) -> None:
        """Let go of connections."""
