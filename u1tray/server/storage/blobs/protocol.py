"""What a store of blobs can do. Its functions block: call them in threads."""

from __future__ import annotations

from typing import BinaryIO, Protocol


class BlobWriter(Protocol):
    """A blob on its way in. Ends with `keep` or `discard`."""

    def write(self, data: bytes) -> None:
        """Add bytes. Raises QuotaError when the store is full."""

    def keep(self, sha256: bytes) -> None:
        """Store what was written under its hash; on stable storage when this returns."""

    def discard(self) -> None:
        """Forget what was written."""


class Blobs(Protocol):
    """Blobs by the SHA-256 of their bytes; each is stored once."""

    def writer(self) -> BlobWriter:
        """A new blob."""

    def open(self, sha256: bytes) -> BinaryIO:
        """The file of a blob, at its begin. Raises FileNotFoundError."""
