"""Unfinished uploads as parts in a store of objects, which several machines may append to.

Objects cannot grow, so each promise ends a part. Nobody can lock an object either, so whoever
appends is noted in the upload's row for some time, which is prolonged while bytes come; and a
promise is refused where another went on meanwhile.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator

from u1tray.server.clock import Clock
from u1tray.server.storage.blobs.protocol import Blobs, PartWriter
from u1tray.server.storage.contents import MAX_INLINE_BYTES, Received
from u1tray.server.storage.hashing import Hashing
from u1tray.server.storage.metadata import uploads as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.partials.protocol import LeasedError

# A killed server's uploads wait so long. A stalled client loses the upload to its own next attempt.
LEASE_S = 20.0
_PROLONG_S = 5.0
_GONE = "bytes of this upload are gone"


class StoredPartials:
    """The parts in one store."""

    def __init__(self, blobs: Blobs, database: Database, clock: Clock) -> None:
        self._blobs = blobs
        self._database = database
        self._clock = clock

    def lease(self, upload: str) -> LeasedParts:
        return LeasedParts(self._blobs, upload, Lease(self._database, self._clock, upload))

    def reaches(self, upload: str, offset: int) -> bool:
        return offset == 0 or _end(self._blobs, upload) >= offset

    def discard(self, upload: str) -> None:
        self._blobs.delete_parts(upload)

    def all(self) -> Iterator[str]:
        return self._blobs.open_uploads()


class Lease:
    """The right to append to an upload, for some seconds at a time. Raises LeasedError."""

    def __init__(self, database: Database, clock: Clock, upload: str) -> None:
        self._database = database
        self._clock = clock
        self._upload = upload
        self._holder = secrets.token_hex(16)
        self._until = 0.0
        self.prolong()

    def prolong(self) -> None:
        """Keep it, if it is still ours; asks the database from time to time only."""
        now = self._clock.now()
        if self._until - now > LEASE_S - _PROLONG_S:
            return
        with self._database.writing() as connection:
            if not rows.lease(connection, self._upload, self._holder, now, now + LEASE_S):
                raise LeasedError
        self._until = now + LEASE_S

    def end(self) -> None:
        """Let others have it."""
        with self._database.writing() as connection:
            rows.let_go(connection, self._upload, self._holder)


class LeasedParts:
    """One upload under a lease."""

    def __init__(self, blobs: Blobs, upload: str, lease: Lease) -> None:
        self._blobs = blobs
        self._upload = upload
        self._lease = lease
        self._writer: PartWriter | None = None
        self._end = 0

    def begin(self, offset: int) -> None:
        self._drop()
        if offset and _end(self._blobs, self._upload) < offset:
            raise FileNotFoundError(_GONE)
        self._end = offset

    def write(self, batch: list[bytes]) -> None:
        self._lease.prolong()
        if self._writer is None:
            self._writer = self._blobs.part_writer(self._upload, self._end)
        for chunk in batch:
            self._writer.write(chunk)
            self._end += len(chunk)

    def sync(self) -> None:
        if self._writer is not None:
            self._lease.prolong()
            self._writer.keep()
            self._writer = None

    def work_ahead(self, offset: int) -> None:
        """Nothing: the parts are read once, when they become a blob."""

    def finish(self, size: int) -> Received:
        self.sync()
        hashing = Hashing()
        if size <= MAX_INLINE_BYTES:
            data = b"".join(self._read(size))
            hashing.update(data)
            return Received(hashing.fingerprint(), data)
        writer = self._blobs.writer()
        try:
            for piece in self._read(size):
                self._lease.prolong()
                hashing.update(piece)
                writer.write(piece)
            fingerprint = hashing.fingerprint()
            writer.keep(fingerprint.sha256)
        except BaseException:
            writer.discard()
            raise
        return Received(fingerprint, None)

    def release(self) -> None:
        self._drop()
        self._lease.end()

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _read(self, size: int) -> Iterator[bytes]:
        """The first bytes. Where a part reaches into the next one, the next is the newer."""
        parts = self._blobs.parts(self._upload)
        if _end(self._blobs, self._upload) < size:
            raise FileNotFoundError(_GONE)
        ends = [part.offset for part in parts[1:]] + [size]
        for part, end in zip(parts, ends, strict=True):
            left = min(end, size) - part.offset
            pieces = self._blobs.read_part(self._upload, part.offset)
            while left > 0:
                piece = next(pieces)[:left]
                left -= len(piece)
                yield piece


def _end(blobs: Blobs, upload: str) -> int:
    """Up to where an upload is there without a gap."""
    parts = blobs.parts(upload)
    if not parts or parts[0].offset:
        return 0
    for part, following in itertools.pairwise(parts):
        if part.offset + part.size < following.offset:
            return part.offset + part.size
    return parts[-1].offset + parts[-1].size
