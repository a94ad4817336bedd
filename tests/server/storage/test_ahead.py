"""What is hashed ahead of a commit is what the commit finds, whoever hashed it."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from u1tray.server.storage.hashing import fingerprint_of
from u1tray.server.storage.partials.ahead import Ahead

pytestmark = pytest.mark.core

DATA = os.urandom(1 << 20) * 33
LIMIT_SECONDS = 30


@pytest.fixture
def descriptor(home: Path):
    path = home / "upload"
    path.write_bytes(DATA)
    opened = os.open(path, os.O_RDWR)
    yield opened
    os.close(opened)


@pytest.mark.parametrize("ends", [[], [1], [5 << 20, 20 << 20], [len(DATA) - 1]])
def test_hashes_of_all_are_those_of_the_file(descriptor: int, ends: list[int]) -> None:
    """However far it was hashed before (REST contract, 8)."""
    ahead = Ahead()
    for end in ends:
        ahead.go_on(descriptor, end)
    assert ahead.finish(descriptor, len(DATA)).fingerprint() == fingerprint_of(DATA)


def test_commit_takes_over_from_a_thread_that_is_at_it(descriptor: int) -> None:
    """Neither waits for the other's end, and no byte is hashed twice."""
    ahead = Ahead()
    thread = threading.Thread(target=ahead.go_on, args=(descriptor, len(DATA) - 1))
    thread.start()
    found = ahead.finish(descriptor, len(DATA)).fingerprint()
    thread.join(LIMIT_SECONDS)
    assert not thread.is_alive()
    assert found == fingerprint_of(DATA)


def test_bytes_that_are_missing_spoil_no_later_hash(descriptor: int) -> None:
    """A commit that failed begins anew."""
    ahead = Ahead()
    ahead.go_on(descriptor, 5 << 20)
    os.ftruncate(descriptor, 10 << 20)
    with pytest.raises(FileNotFoundError):
        ahead.finish(descriptor, len(DATA))
    found = ahead.finish(descriptor, 10 << 20)
    assert found.sha256() == hashlib.sha256(DATA[: 10 << 20]).digest()
    assert found.fingerprint() == fingerprint_of(DATA[: 10 << 20])
