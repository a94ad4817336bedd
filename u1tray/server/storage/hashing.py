"""The three hashes of a content, computed as its bytes pass (REST contract, 8)."""

from __future__ import annotations

import hashlib

from u1tray.server.files.values import Bytes, Fingerprint

_MAGIC_PREFIX = b"Ubuntu One"


class Hashing:
    """Hashes of the first `size` bytes. Each half is used by one thread at a time."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._magic = hashlib.sha1(_MAGIC_PREFIX, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Go on with more bytes."""
        self.update_sha256(data)
        self.update_sha1s(data)

    def update_sha256(self, data: Bytes) -> None:
        """The one half of it, which takes as long as the other: for two threads at once."""
        self._sha256.update(data)
        self.size += len(data)

    def update_sha1s(self, data: Bytes) -> None:
        """The other half."""
        self._sha1.update(data)
        self._magic.update(data)

    def sha256(self) -> bytes:
        """What names the content."""
        return self._sha256.digest()

    def fingerprint(self) -> Fingerprint:
        """That of what has passed."""
        return Fingerprint(
            self._sha256.digest(), self._sha1.digest(), self._magic.digest(), self.size
        )


def fingerprint_of(data: Bytes) -> Fingerprint:
    """That of a whole content."""
    sha1 = hashlib.sha1(data, usedforsecurity=False).digest()
    magic = hashlib.sha1(_MAGIC_PREFIX + data, usedforsecurity=False).digest()
    return Fingerprint(hashlib.sha256(data).digest(), sha1, magic, len(data))
