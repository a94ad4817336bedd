"""Quota and used (REST contract, 7, 11, 12)."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server import databases
from tests.server.files.client import Files, encoded, hash_of, magic_of
from tests.server.raw import connect
from tests.server.rig import running_cloud
from u1tray.server.storage.metadata import accounts

pytestmark = pytest.mark.end2end
DIALECTS = databases.DIALECTS

ROOT = "~/Ubuntu One"


@pytest.fixture
async def small(data: Path) -> AsyncIterator[Files]:
    """The files of an account with 100 bytes."""
    async with running_cloud(data) as running:
        ana, _ = await running.add_token(await running.add_account(quota_bytes=100))
        yield Files(running, ana)


async def test_full_account_refuses_what_does_not_fit(small: Files) -> None:
    """507 with both numbers, before the body; nothing changed (7, 12)."""
    await small.put(f"{ROOT}/a", b"x" * 60)
    reply = await small.content("PUT", f"{ROOT}/b", b"y" * 41)
    assert (reply.status, reply.code) == (507, "quota_exceeded")
    assert (reply.json["free_bytes"], reply.json["needed_bytes"]) == (40, 41)
    assert (await small.node("GET", f"{ROOT}/b")).status == 404
    assert (await small.content("PUT", f"{ROOT}/b", b"y" * 40)).status == 201
    metrics = (await small.running.ask_admin("GET", "/metrics")).body
    assert b"u1_quota_refusals_total 1.0" in metrics


async def test_replacing_needs_the_difference_only(small: Files) -> None:
    """`new size - old size` (7, 20)."""
    await small.put(f"{ROOT}/a", b"x" * 60)
    await small.put(f"{ROOT}/b", b"x" * 40)
    assert (await small.content("PUT", f"{ROOT}/a", b"y" * 60)).status == 200
    reply = await small.content("PUT", f"{ROOT}/a", b"y" * 61)
    assert (reply.json["free_bytes"], reply.json["needed_bytes"]) == (0, 1)
    assert (await small.content("PUT", f"{ROOT}/a", b"")).status == 200
    assert await small.used() == 40


async def test_chunked_upload_is_refused_while_it_is_read(small: Files) -> None:
    """Where the length is not known before (7)."""
    target = f"/content/{encoded(ROOT)}/a"
    authorization = small.running.sign(small.credentials, "PUT", target)
    fields = {"Authorization": authorization, "Transfer-Encoding": "chunked"}
    connection = await connect(small.running.api.host, small.running.api.port)
    await connection.send(small.running.wire("PUT", target, fields))
    await connection.send(b"65\r\n" + b"x" * 101 + b"\r\n")  # the end never comes
    reply = await connection.reply()
    await connection.close()
    assert (reply.status, reply.code) == (507, "quota_exceeded")


async def test_quota_is_checked_again_at_the_commit(small: Files) -> None:
    """Two uploads that fit each for itself do not fit together (7)."""
    target = f"/content/{encoded(ROOT)}/slow"
    authorization = small.running.sign(small.credentials, "PUT", target)
    head = small.running.wire(
        "PUT", target, {"Authorization": authorization, "Content-Length": "60"}
    )
    connection = await connect(small.running.api.host, small.running.api.port)
    await connection.send(head + b"x" * 59)
    await small.put(f"{ROOT}/fast", b"y" * 60)
    await connection.send(b"x")
    reply = await connection.reply()
    await connection.close()
    assert (reply.status, reply.json["free_bytes"]) == (507, 40)
    assert await small.used() == 60


async def test_magic_upload_needs_room_too(small: Files) -> None:
    """Each copy counts (8, 11)."""
    await small.put(f"{ROOT}/a", b"x" * 60)
    body = {"kind": "file", "hash": hash_of(b"x" * 60), "magic_hash": magic_of(b"x" * 60)}
    reply = await small.node("PUT", f"{ROOT}/b", body)
    assert (reply.status, reply.code) == (507, "quota_exceeded")


async def test_account_over_its_quota_may_shrink(small: Files) -> None:
    """Free is never negative (11)."""
    await small.put(f"{ROOT}/a", b"x" * 60)
    user = (await small.ask("GET", "/api/file_storage/v1")).json["user_id"]
    await small.running.cloud.workers.write(accounts.change, user, quota_bytes=50)
    assert (await small.content("PUT", f"{ROOT}/a", b"x" * 59)).status == 200
    reply = await small.content("PUT", f"{ROOT}/a", b"x" * 60)
    assert (reply.status, reply.json["free_bytes"]) == (507, 0)
    assert (await small.content("PUT", f"{ROOT}/empty", b"")).status == 201


async def test_out_of_space_can_be_402(data: Path) -> None:
    """`out_of_space_status`: the same body (12)."""
    async with running_cloud(data, out_of_space_status=402) as running:
        ana, _ = await running.add_token(await running.add_account(quota_bytes=1))
        reply = await Files(running, ana).content("PUT", f"{ROOT}/a", b"xx")
    assert (reply.status, reply.code) == (402, "quota_exceeded")
    assert (reply.json["free_bytes"], reply.json["needed_bytes"]) == (1, 2)


async def test_full_disk_is_server_full_and_passes(files: Files) -> None:
    """507 `server_full`, nothing changed; later uploads work again (12)."""
    sent = b"x" * (9 * 1024 * 1024)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024 * 1024, limits[1]))
    try:
        reply = await files.content("PUT", "~/Docs/f", sent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (reply.status, reply.code) == (507, "server_full")
    assert (await files.node("GET", "~/Docs/f")).status == 404
    assert (await files.content("PUT", "~/Docs/f", sent)).status == 201


async def test_used_is_the_sum_of_live_sizes(files: Files) -> None:
    """Replaced, deleted, moved onto, in deleted volumes: no longer (11)."""
    await files.volume("PUT", "~/More")
    await files.put("~/Docs/a/b", b"12345")
    await files.put("~/Docs/a/c", b"123")
    await files.put("~/More/d", b"1")
    await files.put("~/Docs/a/b", b"12")
    found = [await files.used()]
    await files.node("PUT", "~/Docs/a/c", {"path": "/a/b"})
    found.append(await files.used())
    await files.node("DELETE", "~/Docs/a")
    found.append(await files.used())
    await files.volume("DELETE", "~/More")
    found.append(await files.used())
    assert found == [6, 4, 1, 0]
