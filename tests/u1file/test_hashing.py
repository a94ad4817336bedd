"""Hashes that a thread computes beside whoever writes the file."""

from __future__ import annotations

import hashlib
import os
import random

import pytest

from u1tray.rest.blocking.wire.line import LASTING_BYTES, LASTING_PARTS
from u1tray.u1file.hashing import PART_BYTES, Along, Beside, Digest

pytestmark = pytest.mark.core

DATA = random.Random(3).randbytes(3 * PART_BYTES + 17)


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


@pytest.fixture
def descriptor(tmp_path):
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def test_both_hashes_of_a_whole_file(descriptor):
    """3: the content hash and the magic hash."""
    os.write(descriptor, DATA)
    beside = Beside(descriptor, Digest(with_magic=True))
    beside.reach(len(DATA))
    assert beside.wait() == len(DATA)
    beside.stop()
    assert beside.digest.sha1 == f"sha1:{sha1(DATA)}"
    assert beside.digest.magic == f"magic_hash:{sha1(b'Ubuntu One' + DATA)}"


@pytest.mark.parametrize("step", [1, 1000, PART_BYTES + 1])
def test_file_that_grows_is_followed(descriptor, step):
    """To each end that is told."""
    digest = Digest()
    beside = Beside(descriptor, digest)
    end = 0
    for _ in range(5):
        os.pwrite(descriptor, DATA[end : end + step], end)
        end = min(end + step, len(DATA))
        beside.reach(end)
    assert beside.wait() == end
    assert digest.sha1 == f"sha1:{sha1(DATA[:end])}"
    beside.stop()


def test_file_that_is_shorter_than_told_ends_the_wait(descriptor):
    """It says how far it came."""
    os.write(descriptor, DATA[:10])
    beside = Beside(descriptor, Digest())
    beside.reach(20)
    assert beside.wait() == 10
    beside.stop()


def test_disk_that_fails_is_told(tmp_path):
    """What the system says."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    beside = Beside(descriptor, Digest())
    beside.reach(20)
    with pytest.raises(IsADirectoryError):
        beside.wait()
    beside.stop()
    os.close(descriptor)


def test_stopped_one_keeps_nobody_waiting(descriptor):
    """Also where nothing was ever told."""
    beside = Beside(descriptor, Digest())
    beside.stop()
    assert beside.wait() == 0
    beside.stop()


@pytest.mark.parametrize("length", [1, LASTING_BYTES - 1, LASTING_BYTES, 3 * LASTING_BYTES])
def test_parts_are_hashed_as_they_are_received(length):
    """In order, small ones and large ones, from a ring of buffers that is used again and again."""
    data = DATA[: 40 * length]
    ring = [bytearray(length) for _ in range(LASTING_PARTS + 1)]
    digest = Digest()
    digest.update(b"before ")
    along = Along(digest)
    for number, begin in enumerate(range(0, len(data), length)):
        part = data[begin : begin + length]
        # A small one is only there during the call.
        buffer = ring[number % len(ring) if length >= LASTING_BYTES else 0]
        buffer[: len(part)] = part
        along.take(memoryview(buffer)[: len(part)])
    along.wait()
    assert digest.sha1 == f"sha1:{sha1(b'before ' + data)}"
    along.stop()


def test_hashing_that_is_stopped_ends():
    """Also with parts that nobody hashed."""
    along = Along(Digest())
    for _ in range(LASTING_PARTS):
        along.take(b"x" * 10_000_000)
    along.stop()
    assert not along._thread.is_alive()
