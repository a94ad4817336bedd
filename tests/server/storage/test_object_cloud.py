"""A cloud that keeps its contents in an object store: good days, and bad ones of the store."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.rig.object_store import SECRET, ObjectStore
from tests.server.files.client import Files, encoded, hash_of
from tests.server.raw import Reply, connect
from tests.server.rig import Running, running_cloud
from u1tray.server.settings.options import load_settings

pytestmark = pytest.mark.end2end
TAKES_SECONDS = 60

ROOT = "~/Ubuntu One"
MIB = 1024 * 1024
MEDIUM = os.urandom(100_000)
LARGE = os.urandom(MIB) * 18 + b"end"  # three parts of an object
BAD = [Fault.HANG, Fault.REFUSE, Fault.BUSY]


def options_of(store: ObjectStore, endpoint: str | None = None, **more: str) -> dict[str, Any]:
    texts = {**store.options(endpoint), **more}
    settings = load_settings(None, {}, texts)
    return {name: getattr(settings, name) for name in texts}


@pytest.fixture
def proxy(store: ObjectStore) -> Iterator[FaultProxy]:
    with fault_proxy(store.port) as passing:
        yield passing


@pytest.fixture
def patience() -> str:
    """In seconds; `impatient` gives a test less, where the store lets it wait in vain."""
    return "120"


impatient = pytest.mark.parametrize("patience", ["4"])


@pytest.fixture
async def running(
    data: Path, store: ObjectStore, proxy: FaultProxy, patience: str
) -> AsyncIterator[Running]:
    options = options_of(store, proxy.url, object_store_timeout=patience)
    async with running_cloud(data, **options) as cloud:
        yield cloud


@pytest.fixture
async def files(running: Running, ana: Any) -> Files:
    return Files(running, ana)


@pytest.mark.parametrize("size", [0, 32 * 1024, 32 * 1024 + 1, 100_000, len(LARGE)])
async def test_content_is_stored_and_read(files: Files, store: ObjectStore, size: int) -> None:
    """Whole and in ranges (7); small ones never become objects."""
    data = LARGE[:size]
    shown = await files.put(f"{ROOT}/a", data)
    assert (shown["size"], shown["hash"]) == (size, hash_of(data))
    assert len(store.keys()) == (1 if size > 32 * 1024 else 0)
    reply = await files.content("GET", f"{ROOT}/a")
    assert (reply.status, reply.body == data) == (200, True)
    assert reply.header("Content-Length") == str(size)
    if size:
        part = await files.content("GET", f"{ROOT}/a", Range=f"bytes={size // 2}-")
        assert (part.status, part.body == data[size // 2 :]) == (206, True)
        head = await files.content("HEAD", f"{ROOT}/a")
        assert (head.status, head.header("Content-Length")) == (200, str(size))
    assert store.unfinished() == []


async def test_same_content_is_one_object(files: Files, store: ObjectStore) -> None:
    """Contents are identified by their hash (8)."""
    for name in "abc":
        await files.put(f"{ROOT}/{name}", MEDIUM)
    assert len(store.keys()) == 1


async def test_broken_upload_leaves_nothing(files: Files, store: ObjectStore) -> None:
    """Neither an object nor parts of one (7)."""
    target = f"/content/{encoded(ROOT)}/a"
    authorization = files.running.sign(files.credentials, "PUT", target)
    fields = {"Authorization": authorization, "Content-Length": str(len(LARGE))}
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(files.running.wire("PUT", target, fields) + LARGE[:-1])
    await connection.close()
    await _eventually(lambda: (store.unfinished(), store.keys()) == ([], []))
    assert (await files.node("GET", f"{ROOT}/a")).status == 404


@impatient
@pytest.mark.parametrize("fault", BAD, ids=lambda fault: fault.name)
@pytest.mark.parametrize("sent", [MEDIUM, LARGE], ids=["medium", "large"])
async def test_upload_to_a_failing_store_is_busy(
    files: Files, proxy: FaultProxy, fault: Fault, sent: bytes
) -> None:
    """503 with Retry-After in bounded time, nothing changed; then it works again (12)."""
    proxy.fault = fault
    reply = await asyncio.wait_for(files.content("PUT", f"{ROOT}/a", sent), 120)
    assert (reply.status, reply.code) == (503, "busy")
    assert int(reply.header("Retry-After") or 0) >= 1
    assert (await files.node("GET", f"{ROOT}/a")).status == 404
    proxy.fault = Fault.NONE
    assert (await _patiently(files, "PUT", sent)).status == 201
    assert (await _patiently(files, "GET")).body == sent


@impatient
@pytest.mark.parametrize("fault", BAD, ids=lambda fault: fault.name)
async def test_download_from_a_failing_store_is_busy(
    files: Files, proxy: FaultProxy, fault: Fault
) -> None:
    """503, never a hang; what the database holds is still answered."""
    await files.put(f"{ROOT}/a", MEDIUM)
    await files.put(f"{ROOT}/small", b"small")
    proxy.fault = fault
    reply = await asyncio.wait_for(files.content("GET", f"{ROOT}/a"), 120)
    assert (reply.status, reply.code) == (503, "busy")
    assert (await files.content("GET", f"{ROOT}/small")).body == b"small"
    proxy.fault = Fault.NONE
    assert (await _patiently(files, "GET")).body == MEDIUM


@impatient
async def test_answer_that_is_cut_off_is_no_whole_answer(files: Files, proxy: FaultProxy) -> None:
    """The connection breaks before Content-Length is reached; the next attempt is whole."""
    await files.put(f"{ROOT}/a", LARGE)
    target = f"/content/{encoded(ROOT)}/a"
    fields = {"Authorization": files.running.sign(files.credentials, "GET", target)}
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(files.running.wire("GET", target, fields))
    await connection.reader.readuntil(b"\r\n\r\n")  # the first piece is here
    proxy.fault = Fault.REFUSE
    body = await asyncio.wait_for(_rest(connection.reader), 60)
    await connection.close()
    assert len(body) < len(LARGE)
    assert LARGE.startswith(body)
    proxy.fault = Fault.NONE
    assert (await _patiently(files, "GET")).body == LARGE


@impatient
async def test_download_cut_by_the_store_is_taken_up(files: Files, proxy: FaultProxy) -> None:
    """Answers of the store that end early are asked for again, or are 503."""
    await files.put(f"{ROOT}/a", MEDIUM)
    proxy.fault, proxy.cut_after = Fault.CUT, 50_000
    reply = await asyncio.wait_for(files.content("GET", f"{ROOT}/a"), 60)
    assert reply.status == 503 or reply.body == MEDIUM
    proxy.fault = Fault.NONE
    assert (await _patiently(files, "GET")).body == MEDIUM


async def test_slow_reader_holds_little_in_memory(files: Files, proxy: FaultProxy) -> None:
    """The store is asked no faster than the client takes."""
    await files.put(f"{ROOT}/a", LARGE)
    before = proxy.bytes_out
    target = f"/content/{encoded(ROOT)}/a"
    fields = {"Authorization": files.running.sign(files.credentials, "GET", target)}
    connection = await connect(files.running.api.host, files.running.api.port)
    await connection.send(files.running.wire("GET", target, fields))
    await connection.reader.readuntil(b"\r\n\r\n")
    await _eventually(lambda: proxy.bytes_out - before > 2 * MIB)
    await asyncio.sleep(0.5)  # nothing more is to come, so there is nothing to wait for
    fetched = proxy.bytes_out - before
    assert fetched < 9 * MIB
    assert await _rest(connection.reader, len(LARGE)) == LARGE
    await connection.close()


@impatient
async def test_readiness_tells_of_the_store(running: Running, proxy: FaultProxy) -> None:
    """503 and a line that names it (16.7)."""
    await _ready(running)
    proxy.fault = Fault.REFUSE
    reply = await running.ask_admin("GET", "/readyz")
    assert (reply.status, reply.body) == (503, b"content store: the object store does not answer\n")
    proxy.fault = Fault.NONE
    await _ready(running)


async def test_cloud_starts_while_the_store_is_away(
    data: Path, store: ObjectStore, proxy: FaultProxy
) -> None:
    """It may come back any moment, and needs no restart then."""
    proxy.fault = Fault.REFUSE
    options = options_of(store, proxy.url, object_store_timeout="3")
    async with running_cloud(data, **options) as running:
        credentials, _ = await running.add_token(await running.add_account())
        files = Files(running, credentials)
        assert (await files.content("PUT", f"{ROOT}/a", MEDIUM)).status == 503
        proxy.fault = Fault.NONE
        assert (await _patiently(files, "PUT", MEDIUM)).status == 201


@impatient
async def test_log_of_a_failing_store_holds_no_secret(
    files: Files, proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither keys nor signatures; the settings do not show them either."""
    proxy.fault = Fault.BUSY
    assert (await files.content("PUT", f"{ROOT}/a", MEDIUM)).status == 503
    assert "object store" in caplog.text
    for text in (caplog.text, repr(files.running.cloud.settings)):
        assert SECRET not in text
        assert "Signature" not in text


async def _patiently(files: Files, method: str, data: bytes | None = None) -> Reply:
    """The answer once the store is not busy any more: on a slow machine it may be for a while."""
    while (reply := await files.content(method, f"{ROOT}/a", data)).status == 503:
        assert reply.code == "busy"
    return reply


async def _ready(running: Running) -> None:
    while (await running.ask_admin("GET", "/readyz")).status != 200:
        pass


async def _rest(reader: asyncio.StreamReader, count: int = -1) -> bytes:
    """What comes until the end of the connection, or `count` bytes."""
    body = bytearray()
    while len(body) != count:
        try:
            piece = await reader.read(MIB)
        except ConnectionError:
            break
        if not piece:
            break
        body += piece
    return bytes(body)


async def _eventually(condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
