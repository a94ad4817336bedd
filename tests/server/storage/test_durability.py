"""`durability`: what waits for the disk, and what does not where the administrator says so."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from u1tray.server.app import open_cloud
from u1tray.server.cloud import Cloud
from u1tray.server.settings.options import Settings
from u1tray.server.storage.contents import MAX_INLINE_BYTES

pytestmark = pytest.mark.core

_FULL, _NORMAL = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every regular file that is synced."""
    found: list[int] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            found.append(descriptor)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    return found


async def store(cloud: Cloud) -> bytes:
    """A content too large for the database: its SHA-256."""

    async def chunks():
        yield bytes(MAX_INLINE_BYTES + 1)

    received = await cloud.contents.receive(chunks(), lambda _size: None)
    assert received.data is None
    return received.fingerprint.sha256


@pytest.mark.parametrize(
    ("durability", "synchronous", "files"), [("full", _FULL, 1), ("relaxed", _NORMAL, 0)]
)
async def test_relaxed_durability_waits_for_no_disk(
    data: Path, synced: list[int], durability: str, synchronous: int, files: int
) -> None:
    """Full is the default: 2xx means stable storage (2.1). Relaxed stores the same."""
    cloud = open_cloud(Settings(data=data, durability=durability), {})
    try:
        synced.clear()
        assert cloud.contents.is_stored(await store(cloud))
        assert len(synced) == files
        with cloud.workers.database.writing() as connection:
            found = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        assert found == synchronous
    finally:
        cloud.close()


def test_durability_is_full_unless_said() -> None:
    """Nobody loses an acknowledged upload by leaving the option out."""
    assert Settings().durability == "full"
