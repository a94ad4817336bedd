"""The hashes of an unfinished upload, taken up from its file beside what goes on with it.

They go on between two requests of an upload, and nobody waits for them before its end.
"""

from __future__ import annotations

import os
import threading

from u1tray.server.storage.hashing import Hashing

GONE = "bytes of this upload are gone"
_PIECE_BYTES = 1024 * 1024
# How much is hashed in one go, so that a thread soon has time for others, too.
_GO_BYTES = 256 * 1024 * 1024


class Ahead:
    """The hashes of one upload up to `end` at most, by one thread at a time."""

    def __init__(self) -> None:
        """Those of nothing."""
        self.end = 0
        self._hashing = Hashing()
        self._turn = threading.Lock()

    def go_on(self, descriptor: int, end: int) -> None:
        """Hash what was promised, unless another thread is at it: it hears of the new end.

        Raises OSError, FileNotFoundError where bytes are missing.
        """
        self.end = max(self.end, end)
        if self._turn.acquire(blocking=False):
            try:
                last = self._hashing.size + _GO_BYTES
                while self._hashing.size < min(self.end, last):
                    self._hash_piece(descriptor, self.end)
            finally:
                self._turn.release()

    def finish(self, descriptor: int, size: int) -> Hashing:
        """The hashes of all, which nobody may go on with. Raises as `go_on`."""
        with self._turn:
            while self._hashing.size < size:
                self._hash_piece(descriptor, size)
            return self._hashing

    def _hash_piece(self, descriptor: int, end: int) -> None:
        count = min(_PIECE_BYTES, end - self._hashing.size)
        piece = os.pread(descriptor, count, self._hashing.size)
        if not piece:
            raise FileNotFoundError(GONE)
        self._hashing.update(piece)
