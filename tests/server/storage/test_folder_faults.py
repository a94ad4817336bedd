"""A folder of contents on its bad days: 503 and 507 as the contract says (12), and recovery."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.files.client import Files
from tests.server.rig import Running

pytestmark = pytest.mark.end2end

ROOT = "~/Ubuntu One"
LARGE = os.urandom(100_000)
Mend = Callable[[], None]


def unmounted(data: Path) -> Mend:
    """The disk with the contents is not there; the empty mount point is."""
    contents, away = data / "contents", data / "away"
    contents.rename(away)
    contents.mkdir()

    def mend() -> None:
        contents.rmdir()
        away.rename(contents)

    return mend


def unwritable(data: Path) -> Mend:
    """Reading works and writing does not: so for root too, whom no rights hold up."""
    incoming, away = data / "contents" / "incoming", data / "incoming"
    incoming.rename(away)
    incoming.symlink_to("/proc")

    def mend() -> None:
        incoming.unlink()
        away.rename(incoming)

    return mend


@pytest.fixture
async def files(running: Running, ana: Any) -> Files:
    return Files(running, ana)


@pytest.mark.parametrize("damage", [unmounted, unwritable], ids=lambda damage: damage.__name__)
async def test_folder_that_cannot_be_written_is_maintenance(
    files: Files, data: Path, damage: Callable[[Path], Mend]
) -> None:
    """503 with Retry-After, nothing changed; small files work still; then all is well again."""
    await files.put(f"{ROOT}/before", LARGE)
    mend = damage(data)
    reply = await files.content("PUT", f"{ROOT}/a", LARGE + b"more")
    assert (reply.status, reply.code) == (503, "maintenance")
    assert int(reply.header("Retry-After") or 0) >= 1
    assert (await files.node("GET", f"{ROOT}/a")).status == 404
    assert (await files.content("PUT", f"{ROOT}/small", b"small")).status == 201
    ready = await files.running.ask_admin("GET", "/readyz")
    assert (ready.status, ready.body[:15]) == (503, b"content store: ")
    mend()
    assert (await files.content("PUT", f"{ROOT}/a", LARGE)).status == 201
    assert (await files.content("GET", f"{ROOT}/before")).body == LARGE
    assert (await files.running.ask_admin("GET", "/readyz")).status == 200


async def test_content_on_a_disk_that_is_away_is_maintenance(files: Files, data: Path) -> None:
    """503 and not 500: it is not lost."""
    await files.put(f"{ROOT}/a", LARGE)
    mend = unmounted(data)
    reply = await files.content("GET", f"{ROOT}/a")
    assert (reply.status, reply.code) == (503, "maintenance")
    mend()
    assert (await files.content("GET", f"{ROOT}/a")).body == LARGE


async def test_full_disk_is_no_reason_to_be_unready_for_reading(files: Files) -> None:
    """507 for what does not fit (12), 200 for what is there, and no leftovers."""
    await files.put(f"{ROOT}/a", LARGE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024 * 1024, limits[1]))
    try:
        reply = await files.content("PUT", f"{ROOT}/b", os.urandom(9 * 1024 * 1024))
        again = await files.content("GET", f"{ROOT}/a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (reply.status, reply.code) == (507, "server_full")
    assert (again.status, again.body) == (200, LARGE)
    blobs = files.running.cloud.contents.blobs
    assert (len(list(blobs.all())), blobs.clean_up(float("inf"))) == (1, 0)
