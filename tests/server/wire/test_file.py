"""Downloads that the kernel sends piece by piece (REST contract, 7)."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import secrets
import socket
from pathlib import Path

import pytest

from tests.server.files.client import Files
from tests.server.rig import Running, until
from u1tray.server.wire import file as sending
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

TARGET = "/content/~/Ubuntu%20One/large"
LARGE = secrets.token_bytes(1024 * 1024) * 5 + b"the end"


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """An account with one large file; the server has opened all that it keeps open."""
    made = Files(running, ana)
    await made.put("~/Ubuntu One/large", LARGE)
    assert (await made.content("GET", "~/Ubuntu One/large")).body == LARGE
    return made


async def test_many_downloads_at_once_are_whole(files: Files) -> None:
    """Whoever has its piece lets others have theirs; each gets its own range."""
    starts = range(0, 8 * 300_001, 300_001)
    replies = await asyncio.gather(
        *(files.content("GET", "~/Ubuntu One/large", Range=f"bytes={start}-") for start in starts)
    )
    assert all(reply.body == LARGE[start:] for start, reply in zip(starts, replies, strict=True))


async def test_request_sent_during_a_download_is_answered_behind_it(files: Files) -> None:
    """A client may send its next request early (RFC 9112, 9.3.2)."""
    running = files.running
    signed = [running.sign(files.credentials, "GET", TARGET) for _ in range(2)]
    first, second = (running.wire("GET", TARGET, {"Authorization": one}) for one in signed)
    reader, writer = await asyncio.open_connection(running.api.host, running.api.port)
    writer.write(first + second)
    for _ in range(2):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(LARGE)) == LARGE
    writer.close()


async def test_client_that_takes_nothing_is_cut_off(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hold a file and a connection for good; nothing of it stays open."""
    monkeypatch.setattr(sending, "STALL_TIMEOUT_S", 0.3)
    before = _descriptors()
    with _idle_reader(files) as client:
        await asyncio.get_running_loop().sock_sendall(client, _request(files))
        await until(lambda: _descriptors() > before + 1, "the download begins")
        await until(lambda: _descriptors() <= before + 1, "only the test's own socket is left")
    assert (await files.content("GET", "~/Ubuntu One/large")).body == LARGE


async def test_slow_client_is_not_cut_off(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel wants more only once a third of what it holds has gone: that may take minutes."""
    monkeypatch.setattr(sending, "STALL_TIMEOUT_S", 0.5)
    reader, writer = await asyncio.open_connection(
        files.running.api.host, files.running.api.port, limit=16 * 1024
    )
    writer.write(_request(files))
    await reader.readuntil(b"\r\n\r\n")
    received = b""
    for _ in range(40):
        received += await reader.read(16 * 1024)
        await asyncio.sleep(0.05)
    assert received + await reader.readexactly(len(LARGE) - len(received)) == LARGE
    writer.close()


@pytest.mark.parametrize("pieces", [0, 1, 3])
async def test_file_that_the_kernel_does_not_send_is_sent(
    files: Files, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    """Not every file system can do that; in which order bytes go does not hang on it."""
    really, count = os.sendfile, itertools.count()

    def refusing(*given: int) -> int:
        if next(count) >= pieces:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return really(*given)

    monkeypatch.setattr(os, "sendfile", refusing)
    assert (await files.content("GET", "~/Ubuntu One/large")).body == LARGE


async def test_client_that_leaves_amid_a_download_leaves_nothing_open(files: Files) -> None:
    """Neither its socket nor the file."""
    before = _descriptors()
    with _idle_reader(files) as client:
        await asyncio.get_running_loop().sock_sendall(client, _request(files))
        await until(lambda: _descriptors() > before + 1, "the download begins")
    await until(lambda: _descriptors() <= before, "all is closed")
    assert (await files.content("GET", "~/Ubuntu One/large")).body == LARGE


def _request(files: Files) -> bytes:
    signed = files.running.sign(files.credentials, "GET", TARGET)
    return files.running.wire("GET", TARGET, {"Authorization": signed})


def _idle_reader(files: Files) -> socket.socket:
    """A connection that has room for next to nothing, and reads none of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((files.running.api.host, files.running.api.port))
    client.setblocking(False)
    return client


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
