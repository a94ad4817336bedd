"""Blobs in the bucket of an object store: `blobs/<sha256>`, parts as `uploads/<upload>/<offset>`.

Whole objects appear at once or not at all, and are durable when the store says so. Every `keep`
writes the object anew, so that it is young again for the collector.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import BinaryIO

from u1tray.server.storage.blobs.bucket import Bucket
from u1tray.server.storage.blobs.object_writer import ObjectWriter
from u1tray.server.storage.blobs.protocol import BlobInfo, Part

_BLOBS = "blobs"
_INCOMING = "incoming"
_UPLOADS = "uploads"
_BLOB = re.compile(rf"{_BLOBS}/([0-9a-f]{{64}})")
_PART = re.compile(rf"{_UPLOADS}/([A-Za-z0-9_-]+)/([0-9]{{20}})")
# One request each: large enough to be quick, small enough that many readers fit into memory.
_RANGE_BYTES = 2 * 1024 * 1024


class ObjectBlobs:
    """Blobs as objects."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def writer(self) -> ObjectBlobWriter:
        return ObjectBlobWriter(self._bucket, _staging())

    def find(self, sha256: bytes) -> BlobInfo | None:
        found = self._bucket.find(_key(sha256))
        return None if found is None else BlobInfo(sha256, found.size, found.modified_at)

    def file(self, sha256: bytes) -> BinaryIO | None:
        return None

    def read(self, sha256: bytes, offset: int = 0, count: int | None = None) -> Iterator[bytes]:
        key = _key(sha256)
        if count is None:
            count = self._size(key) - offset
        return self._ranges(key, offset, count)

    def all(self) -> Iterator[BlobInfo]:
        for found in self._bucket.list(_BLOBS):
            match = _BLOB.fullmatch(found.key)
            if match is not None:
                yield BlobInfo(bytes.fromhex(match[1]), found.size, found.modified_at)

    def delete(self, sha256: bytes) -> None:
        self._bucket.delete(_key(sha256))

    def clean_up(self, before: float) -> int:
        abandoned = [at for at in self._bucket.list(_INCOMING) if at.modified_at < before]
        for found in abandoned:
            self._bucket.delete(found.key)
        folders = (_INCOMING, _BLOBS, _UPLOADS)
        return len(abandoned) + self._bucket.give_up_unfinished(folders, before)

    def probe(self) -> None:
        """Lists what is on its way in, which is next to nothing."""
        next(self._bucket.list(_INCOMING), None)

    def close(self) -> None:
        pass

    def part_writer(self, upload: str, offset: int) -> ObjectPartWriter:
        return ObjectPartWriter(self._bucket, _staging(), _part_key(upload, offset))

    def parts(self, upload: str) -> list[Part]:
        found = self._bucket.list(f"{_UPLOADS}/{upload}")
        return sorted(
            (Part(int(match[2]), at.size) for at in found if (match := _PART.fullmatch(at.key))),
            key=lambda part: part.offset,
        )

    def read_part(self, upload: str, offset: int) -> Iterator[bytes]:
        key = _part_key(upload, offset)
        return self._ranges(key, 0, self._size(key))

    def delete_parts(self, upload: str) -> None:
        for found in list(self._bucket.list(f"{_UPLOADS}/{upload}")):
            self._bucket.delete(found.key)

    def open_uploads(self) -> Iterator[str]:
        last = None
        for found in self._bucket.list(_UPLOADS):  # sorted by key
            match = _PART.fullmatch(found.key)
            if match is not None and match[1] != last:
                last = match[1]
                yield last

    def _size(self, key: str) -> int:
        found = self._bucket.find(key)
        if found is None:
            raise FileNotFoundError(key)
        return found.size

    def _ranges(self, key: str, offset: int, count: int) -> Iterator[bytes]:
        end = offset + count
        for begin in range(offset, end, _RANGE_BYTES):
            yield self._bucket.range(key, begin, min(_RANGE_BYTES, end - begin))


class ObjectBlobWriter(ObjectWriter):
    """An object that becomes a blob."""

    def keep(self, sha256: bytes) -> None:
        self.store(_key(sha256))


class ObjectPartWriter(ObjectWriter):
    """An object that becomes a part of an open upload."""

    def __init__(self, bucket: Bucket, staging: str, key: str) -> None:
        super().__init__(bucket, staging)
        self._key = key

    def keep(self) -> None:
        self.store(self._key)


def _key(sha256: bytes) -> str:
    return f"{_BLOBS}/{sha256.hex()}"


def _part_key(upload: str, offset: int) -> str:
    return f"{_UPLOADS}/{upload}/{offset:020}"


def _staging() -> str:
    return f"{_INCOMING}/{secrets.token_hex(16)}"
