"""A content on its way in is whole, or leaves nothing behind, however it came."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.hashing import fingerprint_of
from u1tray.server.storage.intake import WAITING_BYTES, Intake, Intakes
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.core

LIMIT_SECONDS = 30
DATA = random.Random(1).randbytes(12 << 20)


@pytest.fixture
def intakes(home: Path) -> Iterator[Intakes]:
    threads = ThreadPoolExecutor(4)
    yield Intakes(FolderBlobs(home / "contents"), threads)
    threads.shutdown()


def pieces(chance: random.Random) -> Iterator[bytes]:
    start = 0
    while start < len(DATA):
        end = start + chance.choice((1, 100, 70_000, 256 << 10, 3 << 20))
        yield DATA[start:end]
        start = end


@pytest.mark.parametrize("seed", range(5))
async def test_pieces_of_any_size_become_the_content(intakes: Intakes, seed: int) -> None:
    """Named and hashed as a whole would be (REST contract, 8)."""
    intake = Intake(intakes)
    for piece in pieces(random.Random(seed)):
        await intake.put(piece)
    found = await intake.finish()
    assert found == fingerprint_of(DATA)
    assert b"".join(intakes.blobs.read(found.sha256)) == DATA
    assert intakes.count == 0


async def test_many_at_once_share_what_may_wait(intakes: Intakes) -> None:
    """Each has its least; one alone has all of it."""
    alone = Intake(intakes)
    assert intakes.share() == WAITING_BYTES
    others = [Intake(intakes) for _ in range(19)]
    assert intakes.share() < WAITING_BYTES
    for intake in [alone, *others]:
        await intake.discard()
    assert intakes.share() == WAITING_BYTES


async def test_what_is_given_up_leaves_nothing(intakes: Intakes, home: Path) -> None:
    """Even with much of it waiting for the threads."""
    intake = Intake(intakes)
    await intake.put(DATA)
    await intake.discard()
    assert list((home / "contents/incoming").iterdir()) == []
    assert intakes.count == 0


async def test_failed_write_is_raised_and_nothing_hangs(intakes: Intakes, home: Path) -> None:
    """A disk that takes nothing is told in `put` or at the end, however much waits by then."""
    incoming = home / "contents/incoming"
    incoming.rename(home / "away")
    incoming.symlink_to("/proc")  # where nobody writes, root neither
    intake = Intake(intakes)
    with pytest.raises(BusyError):
        await asyncio.wait_for(_put_often(intake), LIMIT_SECONDS)
    await asyncio.wait_for(intake.discard(), LIMIT_SECONDS)
    assert intakes.count == 0


async def _put_often(intake: Intake) -> None:
    for _ in range(8):
        await intake.put(DATA)
    await intake.finish()
