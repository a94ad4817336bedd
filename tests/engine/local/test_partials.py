"""Large downloads are hashed and written beside the wire, and go on where they were."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.simulate.disk import content_of
from u1tray.engine.local.partials import MEMORY_BYTES, DiskPartial, Partials
from u1tray.engine.ports import DiskError

pytestmark = pytest.mark.core

PARTS = [os.urandom(MEMORY_BYTES * 2 // 3) for _ in range(7)]
WHOLE = b"".join(PARTS)
CONTENT = content_of(WHOLE)


async def test_large_download_is_whole_on_disk(partials: Partials) -> None:
    """Whatever the pieces are that come."""
    partial = await partials.begin("key", CONTENT)
    for part in PARTS:
        await partial.write(part)
    assert partial.size == CONTENT.size
    assert await partial.content() == CONTENT
    assert (partials.path / partial.name).read_bytes() == WHOLE


@pytest.mark.parametrize("kept", [2, 3, 6])
async def test_given_up_download_goes_on_behind_what_was_written(partials, kept) -> None:
    """Also when it was given up in the middle of writing: nobody else writes to it then."""
    given_up = await partials.begin("key", CONTENT)
    for part in PARTS[:kept]:
        await given_up.write(part)
    partial = await partials.begin("key", CONTENT)
    assert 0 < partial.size <= given_up.size
    assert (partials.path / partial.name).stat().st_size == partial.size
    await partial.write(WHOLE[partial.size :])
    assert await partial.content() == CONTENT
    assert (partials.path / partial.name).read_bytes() == WHOLE


async def test_what_cannot_be_written_is_told_by_the_end(partials: Partials) -> None:
    """No piece is lost in silence."""
    partial = await partials.begin("key", CONTENT)
    shutil.rmtree(partials.path, ignore_errors=True)
    partials.path.parent.mkdir(parents=True, exist_ok=True)
    partials.path.write_bytes(b"a file in the place of the directory")
    with pytest.raises(DiskError):
        await _fill(partial)


async def _fill(partial: DiskPartial) -> None:
    for part in PARTS:
        await partial.write(part)
    await partial.content()
