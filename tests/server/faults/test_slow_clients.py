"""Clients that send a byte now and then, or nothing, stop nobody, and are given up in the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.rig.cloud import start_cloud
from tests.rig.processes import Processes
from tests.server.files.client import API, Files
from tests.server.files.test_crash import Plain
from tests.server.raw import ANSWER_TIMEOUT_S, Connection, connect
from tests.server.rig import PASSWORD, Running, running_cloud, until
from u1tray.server.sockets import binding
from u1tray.server.wire import body as wire_body
from u1tray.server.wire import listener

pytestmark = pytest.mark.end2end

HEAD = b"GET /api/time HTTP/1.1\r\nHost: h\r\nX-Slow: "
SLOW = 60
IDLE = 2000
PIECE_EVERY_S = 0.05
SHORT_S = 0.5
BODY = json.dumps({"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}).encode()
V2 = b"POST /api/v2/tokens/oauth HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"


async def dribble(connection: Connection, begin: bytes, piece: bytes) -> None:
    """Send the beginning, then one piece after the other, until the server closes."""
    with_end = asyncio.ensure_future(connection.reader.read())
    try:
        await connection.send(begin)
        while not with_end.done():
            await connection.send(piece)
            await asyncio.wait((with_end,), timeout=PIECE_EVERY_S)
    except ConnectionError:
        pass
    finally:
        with_end.cancel()
        await asyncio.gather(with_end, return_exceptions=True)
        connection.writer.transport.abort()


@pytest.fixture
async def slow(running: Running) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Some clients whose request never ends, half of them in the head, half in the body."""
    tasks = []
    for number in range(SLOW):
        connection = await connect(running.api.host, running.api.port)
        begin, piece = (HEAD, b"a") if number % 2 else (V2 % 100_000 + b'{"a": "', b"x")
        tasks.append(asyncio.ensure_future(dribble(connection, begin, piece)))
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_slow_clients_do_not_stop_others(
    slow: list[asyncio.Task[None]], files: Files
) -> None:
    """Reads and writes go on beside sixty that send a byte at a time (2.1)."""
    for number in range(20):
        await files.put(f"~/Docs/{number}", b"x" * 40_000)
        assert (await files.content("GET", f"~/Docs/{number}")).status == 200
    assert not any(task.done() for task in slow)


@pytest.mark.parametrize(
    ("begin", "piece"),
    [(b"", b""), (HEAD, b"a"), (V2 % 100_000 + b'{"a": "', b"x"), (V2 % 100_000, b"")],
    ids=["nothing", "head", "body", "no body"],
)
async def test_slow_request_is_given_up(
    data: Path, monkeypatch: pytest.MonkeyPatch, begin: bytes, piece: bytes
) -> None:
    """A head, or a body that is read as a whole, has its time; the limits are shortened here."""
    monkeypatch.setattr(listener, "KEEPALIVE_TIMEOUT_S", SHORT_S)
    monkeypatch.setattr(wire_body, "STALL_TIMEOUT_S", 2 * SHORT_S)
    monkeypatch.setattr(wire_body, "WHOLE_TIMEOUT_S", SHORT_S)
    async with running_cloud(data) as running:
        connection = await connect(running.api.host, running.api.port)
        await asyncio.wait_for(dribble(connection, begin, piece), ANSWER_TIMEOUT_S)
        assert (await running.request("GET", "/api/time")).status == 200


async def test_download_that_nobody_takes_is_given_up(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file and the connection are let go; the limit is shortened here."""
    monkeypatch.setattr(binding, "STALL_TIMEOUT_S", SHORT_S)
    async with running_cloud(data) as running:
        ana, _ = await running.add_token(await running.add_account())
        files = Files(running, ana)
        await files.put("~/Ubuntu One/large", bytes(30_000_000))
        target = "/content/~/Ubuntu%20One/large"
        fields = {"Authorization": running.sign(ana, "GET", target)}
        with socket.socket() as taker:
            taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            taker.connect((running.api.host, running.api.port))
            taker.sendall(running.wire("GET", target, fields))
            await until(lambda: open_contents(data) == 1, "the download to begin")
            await until(lambda: open_contents(data) == 0, "the download to be given up")


def open_contents(data: Path) -> int:
    """How many contents this process, which is the server, has open."""
    place = str(data / "contents")
    found = 0
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found += os.readlink(f"/proc/self/fd/{descriptor}").startswith(place)
    return found


async def test_slow_body_in_time_is_read(running: Running) -> None:
    """Byte by byte, in the time that it has."""
    await running.add_account()
    connection = await connect(running.api.host, running.api.port)
    await connection.send(V2 % len(BODY))
    for byte in BODY:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0)
    reply = await connection.reply()
    await connection.close()
    assert reply.status == 201


def test_two_thousand_idle_connections_do_not_stop_others(started: Processes, home: Path) -> None:
    """Also where the system starts programs with 1024 descriptors, if it lets them have more."""
    cloud = start_cloud(started, home)
    cloud.process.end()
    limits = "import os, resource as r, sys; n = r.RLIMIT_NOFILE; h = r.getrlimit(n)[1]; "
    limited = limits + "r.setrlimit(n, (1024, h)); os.execvp(sys.argv[1], sys.argv[1:])"
    process = started.start(
        *(sys.executable, "-c", limited, "u1server", "serve", "--data", str(cloud.data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    url = process.wait_for_line("listening on", 60).split()[-1]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        with contextlib.ExitStack() as stack:
            place = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
            for number in range(IDLE):
                idle = stack.enter_context(socket.create_connection(place, timeout=60))
                if number % 2:
                    idle.sendall(HEAD)
            client = Plain(url, Plain(url).log_in())
            for number in range(10):
                target = f"/content/~/Ubuntu%20One/{number}"
                assert client.ask("PUT", target, b"x" * 40_000)[0] == 201
            assert client.json("/api/quota/")["used"] == 400_000
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert "Traceback" not in process.output


async def test_client_that_leaves_before_its_answer_is_no_fault(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it asked for: nothing in the log but that it asked."""
    await files.put("~/Docs/a", b"1" * 50_000)
    targets = (f"{API}/changes", f"{API}/~/Docs?recursive=true", "/content/~/Docs/a", f"{API}/x")
    for number in range(40):
        target = targets[number % len(targets)]
        fields = {"Authorization": files.running.sign(files.credentials, "GET", target)}
        connection = await connect(files.running.api.host, files.running.api.port)
        await connection.send(files.running.wire("GET", target, fields))
        for _ in range(number // 4):  # ever further into the request
            await asyncio.sleep(0)
        connection.writer.transport.abort()
    assert await files.used() == 50_000
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
