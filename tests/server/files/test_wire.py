"""Downloads and uploads when the other side, or the disk, does not do its part."""

from __future__ import annotations

import asyncio
import logging
import os

import pytest

from tests.server.files.client import Files, encoded
from tests.server.raw import connect
from tests.server.rig import until
from u1tray.server.wire import body as wire_body

pytestmark = pytest.mark.end2end

LARGE = os.urandom(30_000_000)


async def test_client_that_leaves_a_download_does_no_harm(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """No error in the log, and its nonce may be used again (13.4)."""
    await files.put("~/Docs/f", LARGE)
    target = "/content/~/Docs/f"
    header = files.running.sign(files.credentials, "GET", target, nonce="again")
    message = files.running.wire("GET", target, {"Authorization": header})
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(message)
    await connection.reader.readexactly(100_000)
    connection.writer.transport.abort()
    deadline = asyncio.get_running_loop().time() + 10  # the server has to notice first
    while (reply := await files.running.send(message)).status == 401:
        assert reply.code == "oauth_nonce_used"
        assert asyncio.get_running_loop().time() < deadline
    assert reply.body == LARGE
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_connection_goes_on_after_a_download(files: Files) -> None:
    """Persistent, also after bytes that the kernel sent (2.1)."""
    await files.put("~/Docs/f", LARGE)
    connection = await connect(files.running.api.host, files.running.api.port)
    for method in ("GET", "HEAD", "GET"):
        target = "/content/~/Docs/f"
        header = files.running.sign(files.credentials, method, target)
        await connection.send(files.running.wire(method, target, {"Authorization": header}))
        reply = await connection.reply(is_head=method == "HEAD")
        assert (reply.status, reply.body) == (200, LARGE if method == "GET" else b"")
    await connection.close()


async def test_upload_that_stalls_is_cut_off(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves nothing; the limit is shortened for the test."""
    monkeypatch.setattr(wire_body, "STALL_TIMEOUT_S", 0.2)
    target = f"/content/{encoded('~/Docs/f')}"
    header = files.running.sign(files.credentials, "PUT", target)
    fields = {"Authorization": header, "Content-Length": "3000000"}
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(files.running.wire("PUT", target, fields) + LARGE[:2_000_000])
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asyncio.wait_for(connection.reply(), 60)
    connection.writer.transport.abort()
    incoming = files.running.cloud.directory / "contents" / "incoming"
    await until(lambda: not list(incoming.iterdir()), "the upload to be removed")
    assert (await files.node("GET", "~/Docs/f")).status == 404


async def test_slow_upload_is_not_cut_off(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as something comes now and then."""
    monkeypatch.setattr(wire_body, "STALL_TIMEOUT_S", 0.2)
    target = f"/content/{encoded('~/Docs/f')}"
    header = files.running.sign(files.credentials, "PUT", target)
    connection = await connect(files.running.api.host, files.running.api.port)
    fields = {"Authorization": header, "Content-Length": "10"}
    await connection.send(files.running.wire("PUT", target, fields))
    for number in range(10):
        with pytest.raises(asyncio.TimeoutError):  # the server neither answers nor closes
            await asyncio.wait_for(connection.reader.read(1), 0.08)
        await connection.send(b"%d" % number)
    reply = await connection.reply()
    await connection.close()
    assert (reply.status, reply.json["size"]) == (201, 10)


async def test_lost_blob_is_an_internal_error_until_it_is_uploaded_again(files: Files) -> None:
    """Never somebody else's bytes, never a hang; the next upload mends it."""
    await files.put("~/Docs/f", LARGE)
    folder = files.running.cloud.directory / "contents"
    (blob,) = [path for path in folder.rglob("*") if path.is_file()]
    blob.unlink()
    reply = await files.content("GET", "~/Docs/f")
    assert (reply.status, reply.code) == (500, "internal")
    await files.put("~/Docs/g", LARGE)
    assert (await files.content("GET", "~/Docs/f")).body == LARGE


async def test_content_bytes_are_counted(files: Files) -> None:
    """`u1_content_bytes_total{direction}` and `u1_stored_bytes` (16.7)."""
    await files.put("~/Docs/f", b"12345")
    await files.content("GET", "~/Docs/f")
    await files.content("GET", "~/Docs/f", Range="bytes=0-1")
    await files.content("HEAD", "~/Docs/f")
    text = (await files.running.ask_admin("GET", "/metrics")).body.decode()
    assert 'u1_content_bytes_total{direction="in"} 5.0' in text
    assert 'u1_content_bytes_total{direction="out"} 7.0' in text
    assert "u1_stored_bytes 5.0" in text
    assert "Docs" not in text
