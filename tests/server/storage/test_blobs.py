"""The folder of blobs: stored once, durably, and nothing half (write beside, fsync, rename)."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from u1tray.server.storage.blobs.folder import ABANDONED_AFTER_S, FolderBlobs

pytestmark = pytest.mark.core


@pytest.fixture
def blobs(home: Path) -> FolderBlobs:
    return FolderBlobs(home / "contents")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def store(blobs: FolderBlobs, *parts: bytes) -> bytes:
    writer = blobs.writer()
    for part in parts:
        writer.write(part)
    digest = sha256(b"".join(parts))
    writer.keep(digest)
    return digest


def files_in(home: Path) -> list[Path]:
    return [path for path in (home / "contents").rglob("*") if path.is_file()]


def test_kept_blob_is_read_again(blobs: FolderBlobs, home: Path) -> None:
    """Under its hash, for its owner only."""
    digest = store(blobs, b"one ", b"two")
    with FolderBlobs(home / "contents").file(digest) as file:
        assert file.read() == b"one two"
    (path,) = files_in(home)
    assert path.relative_to(home).parts[1:3] == (digest.hex()[:2], digest.hex()[2:4])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_same_blob_is_stored_once_and_young_again(blobs: FolderBlobs, home: Path) -> None:
    """So that whoever collects old orphans leaves one alone that is named just now."""
    store(blobs, b"same")
    (path,) = files_in(home)
    os.utime(path, (1, 1))
    store(blobs, b"same")
    assert files_in(home) == [path]
    assert path.stat().st_mtime > 1


def test_discarded_blob_leaves_nothing(blobs: FolderBlobs, home: Path) -> None:
    """Twice does no harm."""
    writer = blobs.writer()
    writer.write(b"x")
    writer.discard()
    writer.discard()
    assert files_in(home) == []


def test_blob_is_not_there_before_it_is_kept(blobs: FolderBlobs) -> None:
    """Readers never see half of one."""
    writer = blobs.writer()
    writer.write(b"x")
    with pytest.raises(FileNotFoundError):
        blobs.file(sha256(b"x"))
    writer.discard()


def test_abandoned_uploads_are_removed_at_the_start(blobs: FolderBlobs, home: Path) -> None:
    """Of a server that was killed; young ones may belong to another process."""
    abandoned, running = blobs.writer(), blobs.writer()
    for writer in (abandoned, running):
        writer.write(b"x")
    old = time.time() - ABANDONED_AFTER_S - 60
    first, second = files_in(home)
    os.utime(first, (old, old))
    FolderBlobs(home / "contents")
    assert files_in(home) == [second]
    abandoned.discard()
    running.discard()
