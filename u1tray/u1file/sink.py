"""Bytes on their way from the cloud into a file of this computer.

Knows nothing of the cloud. Errors of the disk leave here as our families.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from u1tray.u1file.hashing import Along, Beside, Digest
from u1tray.u1file.moves import Moves
from u1tray.u1file.words import on_disk

# Above it a thread hashes what comes.
BESIDE_ABOVE_BYTES = 4 * 1024 * 1024


class Sink:
    """Bytes on their way into an open, unbuffered file, counted and hashed.

    `changed_at` (Unix seconds) becomes its modification time.
    """

    def __init__(self, path: Path, file: FileIO, moves: Moves) -> None:
        self._path = path
        self._file = file
        self._moves = moves
        self._beside: Beside | None = None  # for what was in the file before
        self._along: Along | None = None
        self.changed_at: float | None = None
        self._reset()

    def close(self) -> None:
        """Leave the file alone."""
        for thread in (self._beside, self._along):
            if thread is not None:
                thread.stop()
        self._beside = self._along = None

    def restart(self) -> Callable[[bytes | memoryview], None]:
        """Forget what came; what takes the parts from now on."""
        self._reset()
        with on_disk(self._path):
            self._file.seek(0)
            self._file.truncate()
        return self._write

    def _reset(self) -> None:
        """Count and hash from the beginning."""
        self.close()
        self.size = 0
        self._digest = Digest()

    def take_up(self) -> None:
        """Go on behind what is in the file already, which is hashed meanwhile."""
        self._reset()
        with on_disk(self._path):
            self.size = self._file.seek(0, os.SEEK_END)
        if self.size:
            self._beside = Beside(self._file.fileno(), self._digest)
            self._beside.reach(self.size)

    def begin(self, total: int, offset: int = 0) -> Callable[[bytes | memoryview], None]:
        """What takes the parts of `total` bytes from an offset on.

        That is where it ends now, or else it begins again.
        """
        goes_on = bool(offset) and offset == self.size
        self._moves.start(total, offset if goes_on else 0)
        return self._write if goes_on else self.restart()

    @property
    def hash(self) -> str:
        """The content hash of what came; waits for it."""
        if self._beside is not None:
            with on_disk(self._path):
                self._beside.wait()
        if self._along is not None:
            self._along.wait()
        return self._digest.sha1

    def _write(self, part: bytes | memoryview) -> None:
        begin, self.size = self.size, self.size + len(part)
        if self._beside is None:
            self._hash(part, begin)
        rest = memoryview(part)
        with on_disk(self._path):
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        if self._beside is not None:
            self._beside.reach(self.size)
        self._moves.advance(len(part))

    def _hash(self, part: bytes | memoryview, begin: int) -> None:
        if begin <= BESIDE_ABOVE_BYTES:
            self._digest.update(part)
            return
        if self._along is None:
            self._along = Along(self._digest)
        self._along.take(part)
