"""A disk that is full or fails while something is received or spooled: 507 or 503, never 500."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.files.bulk import fill
from tests.server.files.client import API, Files, tag_of
from tests.server.uploads.client import Tus
from u1tray.rest.signing import PLAINTEXT

pytestmark = pytest.mark.end2end

LIMIT = 8 * 1024 * 1024
DATA = os.urandom(LIMIT + 3_000_000)


@contextlib.contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """As on a disk that is full: writing beyond fails."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def partial_of(tus: Tus) -> Path:
    (file,) = (tus.running.cloud.directory / "contents" / "partial").iterdir()
    return file


async def test_full_disk_refuses_more_of_an_upload(tus: Tus, files: Files) -> None:
    """507 `server_full`; what was promised stays, what was not gives its room back (12)."""
    url = await tus.begin("~/Docs/a", len(DATA))
    assert (await tus.patch(url, 0, DATA[:100_000])).status == 204
    with no_file_above(LIMIT):
        reply = await tus.patch(url, 100_000, DATA[100_000:])
        assert (reply.status, reply.code) == (507, "server_full")
        assert await tus.offset(url) == 100_000
        assert partial_of(tus).stat().st_size == 100_000
    assert (await files.node("GET", "~/Docs/a")).status == 404
    reply = await tus.patch(url, 100_000, DATA[100_000:])
    assert (reply.status, reply.header("ETag")) == (204, tag_of(DATA))


async def test_failing_disk_is_maintenance_and_passes(tus: Tus, files: Files) -> None:
    """503 with Retry-After, for all ways in; nothing was changed, and no upload is forgotten."""
    url = await tus.begin("~/Docs/a", len(DATA))
    await tus.patch(url, 0, DATA[:100_000])
    contents = tus.running.cloud.directory / "contents"
    away = contents.rename(contents.with_name("away"))
    replies = [
        await files.content("PUT", "~/Docs/b", DATA),
        await tus.patch(url, 100_000, DATA[100_000:]),
        await tus.patch(await tus.begin("~/Docs/c", 5), 0, b"12345"),
    ]
    assert [(reply.status, reply.code) for reply in replies] == [(503, "maintenance")] * 3
    assert all(int(reply.header("Retry-After") or "") > 0 for reply in replies)
    assert (await tus.head(url)).status == 503
    away.rename(contents)
    assert await tus.offset(url) == 100_000
    assert (await tus.patch(url, 100_000, DATA[100_000:])).status == 204
    assert (await files.content("PUT", "~/Docs/b", DATA)).status == 201


async def test_failing_commit_leaves_the_upload_open(tus: Tus, files: Files) -> None:
    """503 says that nothing was changed: the client comes again with the last byte (12)."""
    url = await tus.begin("~/Docs/a", len(DATA))
    blobs = tus.running.cloud.directory / "contents"
    partial = blobs / "partial"
    assert (await tus.patch(url, 0, DATA[:100_000])).status == 204
    taken = [blobs / f"{first:02x}" for first in range(256)]
    for place in taken:
        place.touch()  # no folder for a blob can be made
    reply = await tus.patch(url, 100_000, DATA[100_000:])
    assert (reply.status, reply.code) == (503, "maintenance")
    assert await tus.offset(url) == len(DATA) - 1
    for place in taken:
        place.unlink()
    reply = await tus.patch(url, len(DATA) - 1, DATA[-1:])
    assert (reply.status, reply.header("ETag")) == (204, tag_of(DATA))
    assert list(partial.iterdir()) == []
    assert (await files.content("GET", "~/Docs/a")).body == DATA


async def test_long_answer_that_finds_no_room_is_refused(files: Files) -> None:
    """507 for a delta that is spooled; complete again when there is room (9, 12)."""
    await fill(files, "~/Docs", 2_000)
    target = f"{API}/volumes/~/Docs?from_generation=0"
    plain = files.running.signed
    whole = await plain(files.credentials, "GET", target, signature_method=PLAINTEXT)
    assert (whole.status, len(whole.body) > 600_000) == (200, True)
    with no_file_above(300_000):
        reply = await plain(files.credentials, "GET", target, signature_method=PLAINTEXT)
        assert (reply.status, reply.code) == (507, "server_full")
    again = await plain(files.credentials, "GET", target, signature_method=PLAINTEXT)
    assert again.body == whole.body


async def test_database_that_cannot_write_is_maintenance(files: Files) -> None:
    """503 for every change, reading works again at once (12)."""
    with no_file_above(0):
        reply = await files.node("PUT", "~/Docs/a", {"kind": "directory"})
        assert (reply.status, reply.code) == (503, "maintenance")
    assert (await files.node("PUT", "~/Docs/a", {"kind": "directory"})).status == 201
