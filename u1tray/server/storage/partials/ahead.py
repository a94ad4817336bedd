"""The hashes of an unfinished upload, taken up from its file beside what goes on with it.

They go on between two requests of an upload, and nobody waits for them before its end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from u1tray.server.storage.hashing import Hashing

GONE = "bytes of this upload are gone"
# Between two calls a thread may have to wait for the interpreter: there are not to be many.
_PIECE_BYTES = 2 * 1024 * 1024
_STRETCH_BYTES = 16 * 1024 * 1024  # after which somebody may take over
# How much is hashed in one go, so that a thread soon has time for others, too.
_GO_BYTES = 256 * 1024 * 1024


class Ahead:
    """The hashes of one upload up to `end` at most, by one caller at a time."""

    def __init__(self) -> None:
        """Those of nothing."""
        self.end = 0
        self._hashing = Hashing()
        self._turn = threading.Lock()
        self._is_awaited = False

    def go_on(self, descriptor: int, end: int) -> None:
        """Hash what was promised, unless another thread is at it: it hears of the new end.

        Raises OSError, FileNotFoundError where bytes are missing.
        """
        self.end = max(self.end, end)
        if self._turn.acquire(blocking=False):
            try:
                hashing = self._take()
                last = hashing.size + _GO_BYTES
                while hashing.size < min(self.end, last) and not self._is_awaited:
                    _hash(hashing, descriptor, min(self.end, hashing.size + _STRETCH_BYTES))
                self._hashing = hashing
            finally:
                self._turn.release()

    def finish(self, descriptor: int, size: int) -> Hashing:
        """The hashes of all, which nobody may go on with. Raises as `go_on`."""
        self._is_awaited = True
        with self._turn:
            hashing = self._take()
            _hash(hashing, descriptor, size)
            return hashing

    def _take(self) -> Hashing:
        """What fails leaves halves of different lengths behind: they are not to be kept."""
        taken, self._hashing = self._hashing, Hashing()
        return taken


def _hash(hashing: Hashing, descriptor: int, end: int) -> None:
    """Go on to `end`, the halves at once: to read twice is better than to hash one by one."""
    start = hashing.size
    with ThreadPoolExecutor(1, "upload-hash") as beside:
        other = beside.submit(_pass, descriptor, start, end, hashing.update_sha1s)
        _pass(descriptor, start, end, hashing.update_sha256)
        other.result()


def _pass(descriptor: int, start: int, end: int, update: Callable[[memoryview], None]) -> None:
    buffer = memoryview(bytearray(min(_PIECE_BYTES, end - start)))
    while start < end:
        count = os.preadv(descriptor, [buffer[: end - start]], start)
        if not count:
            raise FileNotFoundError(GONE)
        update(buffer[:count])
        start += count
