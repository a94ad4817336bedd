"""The hashes of bytes that are read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from u1tray.server.files.values import Fingerprint
from u1tray.server.storage.blobs.protocol import CHUNK_BYTES
from u1tray.server.storage.hashing import Hashing


def fingerprint_of(
    chunks: Iterable[bytes], also: Callable[[bytes], object] | None = None
) -> Fingerprint:
    """All that identifies a content; each chunk is handed to `also` too."""
    hashing = Hashing()
    for chunk in chunks:
        hashing.update(chunk)
        if also is not None:
            also(chunk)
    return hashing.fingerprint()


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file, bit by bit. Raises OSError."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
