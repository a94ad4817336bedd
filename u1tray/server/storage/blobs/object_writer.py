"""Objects on their way into a bucket: small ones at once, large ones in parts while they come.

A large object gets its key only at the end, when its hash is known: it is written under a key of
its own and copied, which the store does by itself.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator

from u1tray.server.storage.blobs.bucket import PART_BYTES, Bucket
from u1tray.vocabulary.errors import BusyError, RefusedError, U1Error

# What a store copies at once (S3); larger objects are written twice.
_MAX_COPIED_BYTES = 5 * 1024 * 1024 * 1024
_MAX_PARTS = 10_000  # of one object (S3)
_PIECES_WAITING = 2
_SLACK_S = 60.0  # for a thread that is about to end
_COPY_PIECE_BYTES = 4 * 1024 * 1024


class ObjectWriter:
    """Bytes that become an object of any key."""

    def __init__(self, bucket: Bucket, staging: str) -> None:
        self._bucket = bucket
        self._staging = staging
        self._begun: list[bytes] = []
        self._size = 0
        self._stream: _Stream | None = None

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > PART_BYTES * _MAX_PARTS:
            message = f"the object store takes files of at most {PART_BYTES * _MAX_PARTS} bytes"
            raise RefusedError(message, code="too_large")
        if self._stream is not None:
            self._stream.put(data)
            return
        self._begun.append(data)
        if self._size > PART_BYTES:
            self._stream = _Stream(self._bucket, self._staging)
            begun, self._begun = self._begun, []
            for piece in begun:
                self._stream.put(piece)

    def store(self, key: str) -> None:
        """Make an object of what was written; it is there, whole, when this returns."""
        if self._stream is None:
            self._bucket.put(key, b"".join(self._begun))
            return
        self._stream.finish()
        if self._size <= _MAX_COPIED_BYTES:
            self._bucket.copy(self._staging, key)
        else:
            self._bucket.put_stream(key, self._staged())
        # A store may answer a long copy with success before it failed.
        found = self._bucket.find(key)
        if found is None or found.size != self._size:
            message = "the object store did not keep a content"
            raise BusyError(message, code="busy", retry_after=1.0)
        self._stream = None
        _remove(self._bucket, self._staging)

    def discard(self) -> None:
        """Forget everything. Raises nothing."""
        self._begun = []
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.abort()
            _remove(self._bucket, self._staging)

    def _staged(self) -> Iterator[bytes]:
        for offset in range(0, self._size, _COPY_PIECE_BYTES):
            count = min(_COPY_PIECE_BYTES, self._size - offset)
            yield self._bucket.range(self._staging, offset, count)


class _GivenUpError(Exception):
    """Ends an upload from within, so that the library gives up its parts."""


class _Stream:
    """A thread that uploads pieces while the next ones come; few wait, so it holds the rest up."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket = bucket
        self._key = key
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_PIECES_WAITING)
        self._is_given_up = False
        self._is_ended = False
        self._error: U1Error | None = None
        self._thread = threading.Thread(target=self._run, name="object-upload", daemon=True)
        self._thread.start()

    def put(self, piece: bytes) -> None:
        """One more piece. Raises what ended the upload."""
        self._check()
        self._pieces.put(piece)

    def finish(self) -> None:
        """Wait for all of it. Raises what ended the upload."""
        self._check()
        self._pieces.put(None)
        self._thread.join()
        self._check()

    def abort(self) -> None:
        """End the upload, whatever was stored; the thread ends by itself, with its request."""
        self._is_given_up = True
        if self._thread.is_alive():
            self._pieces.put(None)
            self._thread.join(_SLACK_S)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._bucket.put_stream(self._key, self._taken())
        except _GivenUpError:
            pass
        except U1Error as error:
            self._error = error
        finally:
            # Whoever puts a piece now finds the error at the next one.
            while not self._is_ended:
                self._is_ended = self._pieces.get() is None

    def _taken(self) -> Iterator[bytes]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        self._is_ended = True
        if self._is_given_up:
            raise _GivenUpError


def _remove(bucket: Bucket, key: str) -> None:
    with contextlib.suppress(U1Error):  # the clean-up gets it
        bucket.delete(key)
