"""Hashes of a file, computed by a thread of its own beside whoever sends or writes it.

Of what is on the disk, or of what is received; knows nothing of the cloud. The hashes let other
threads run while they work on a part, so on two processors they cost no time.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque

from u1tray.rest.blocking.wire.line import LASTING_BYTES, LASTING_PARTS

PART_BYTES = 1024 * 1024
_MAGIC_PREFIX = b"Ubuntu One"


class Digest:
    """The content hash (REST contract, 3), and the magic hash too where it is wanted."""

    def __init__(self, *, with_magic: bool = False) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._magic = hashlib.sha1(_MAGIC_PREFIX, usedforsecurity=False) if with_magic else None

    def update(self, part: bytes | memoryview) -> None:
        """Take in what comes next."""
        self._sha1.update(part)
        if self._magic is not None:
            self._magic.update(part)

    @property
    def has_magic(self) -> bool:
        """Whether the magic hash was wanted."""
        return self._magic is not None

    @property
    def sha1(self) -> str:
        """Such as `sha1:...`"""
        return f"sha1:{self._sha1.hexdigest()}"

    @property
    def magic(self) -> str:
        """Such as `magic_hash:...`; only where it was wanted."""
        assert self._magic is not None
        return f"magic_hash:{self._magic.hexdigest()}"


class _Hashing:
    """A thread that hashes until it is stopped, and the lock for what it is told."""

    def __init__(self) -> None:
        self._is_stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hash no more: what was to be hashed may be gone from now on."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        raise NotImplementedError


class Beside(_Hashing):
    """Takes an open file into a digest, to wherever `reach` says it goes.

    The descriptor is to stay open until `stop`.
    """

    def __init__(self, descriptor: int, digest: Digest) -> None:
        self.digest = digest
        self._descriptor = descriptor
        self._done = 0
        self._end = 0
        self._error: OSError | None = None
        super().__init__()

    def reach(self, end: int) -> None:
        """There are so many bytes in the file."""
        with self._changed:
            self._end = end
            self._changed.notify_all()

    def wait(self) -> int:
        """How far it got, once that is all there is: less only where the file is shorter.

        Raises what the disk says.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._done >= self._end or self._is_stopped)
            if self._error is not None:
                raise self._error
            return self._done

    def _work(self) -> None:
        buffer = bytearray(PART_BYTES)
        view = memoryview(buffer)
        try:
            while (end := self._next()) is not None:
                count = os.preadv(self._descriptor, [view[: end - self._done]], self._done)
                if not count:
                    return
                self.digest.update(view[:count])
                self._done += count
        except OSError as error:
            self._error = error
        finally:
            with self._changed:
                self._is_stopped = True
                self._changed.notify_all()

    def _next(self) -> int | None:
        """Where to read to, once there is something; None when nothing is wanted any more."""
        with self._changed:
            if self._done >= self._end:
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_stopped or self._done < self._end)
            return None if self._is_stopped else self._end


class Along(_Hashing):
    """Takes parts into a digest as they are received, without a copy of those that last."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._parts: deque[bytes | memoryview] = deque()  # the first one is being hashed
        super().__init__()

    def take(self, part: bytes | memoryview) -> None:
        """The next part; waits while too many are not hashed yet (see `rest.wire.line`)."""
        kept = part if len(part) >= LASTING_BYTES else bytes(part)
        with self._changed:
            self._changed.wait_for(lambda: len(self._parts) < LASTING_PARTS)
            self._parts.append(kept)
            self._changed.notify_all()

    def wait(self) -> None:
        """Until all that was taken is hashed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._parts)

    def _work(self) -> None:
        while (part := self._next()) is not None:
            self._digest.update(part)
            with self._changed:
                self._parts.popleft()
                self._changed.notify_all()

    def _next(self) -> bytes | memoryview | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or self._parts)
            return None if self._is_stopped else self._parts[0]
