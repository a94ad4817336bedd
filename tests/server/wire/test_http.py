"""HTTP itself: what the server does with odd, broken and hostile messages (2.1, RFC 9112)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from pathlib import Path

import pytest

from tests.server.raw import connect
from tests.server.rig import PASSWORD, Running, running_cloud, until
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

BODY = json.dumps({"email": "ana@example.com", "password": PASSWORD, "token_name": "x"}).encode()
V2 = b"POST /api/v2/tokens/oauth HTTP/1.1\r\nHost: h\r\n"


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense\r\n\r\n",
        b"GET /api/quota/?oauth_token=topsecret HTTP/9.9\r\nHost: h\r\n\r\n",
        b"GET /with a space HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET nopath HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /api/time HTTP/1.1\r\n\r\n",
        b"GET /api/time HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /api/time HTTP/1.1\r\nHost: a\r\nbroken header\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /api/time HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
        V2 + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}  ",
        V2 + b"Content-Length: -1\r\n\r\n",
        V2 + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz\r\n",
    ],
)
async def test_broken_request_is_bad_request_in_json(
    running: Running, message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Request syntax is the first check; the log repeats nothing of it (2.1, 12)."""
    reply = await running.send(message)
    assert (reply.status, reply.code) == (400, "bad_request")
    assert reply.header("Content-Type") == "application/json"
    assert "topsecret" not in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_http_1_0_without_host_is_answered(running: Running) -> None:
    """Old programs and health checks send it."""
    reply = await running.send(b"GET /api/time HTTP/1.0\r\n\r\n")
    assert (reply.status, reply.body) == (200, b"1325376000")


async def test_whole_url_as_target_is_answered(running: Running) -> None:
    """A server takes the absolute form (RFC 9112, 3.2.2)."""
    reply = await running.send(b"GET http://user@h/api/time?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert reply.status == 200


async def test_connection_serves_many_requests(running: Running, ana: Credentials) -> None:
    """Persistent connections, also when requests come before the answers (2.1)."""
    connection = await connect(running.api.host, running.api.port)
    signed = [
        running.wire("GET", target, {"Authorization": running.sign(ana, "GET", target)})
        for target in ("/api/quota/", "/api/nothing", "/api/account/")
    ]
    await connection.send(b"".join(signed))
    statuses = [(await connection.reply()).status for _ in signed]
    await connection.close()
    assert statuses == [200, 404, 200]


async def test_chunked_body_is_read(running: Running) -> None:
    """Chunked bodies wherever there is a body (2.1)."""
    await running.add_account()
    half = len(BODY) // 2
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (BODY[:half], BODY[half:]))
    reply = await running.send(V2 + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert reply.status == 201


async def test_expected_continue_is_sent_before_the_body_is_read(running: Running) -> None:
    """`Expect: 100-continue` (2.1)."""
    await running.add_account()
    connection = await connect(running.api.host, running.api.port)
    head = b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(BODY)
    await connection.send(V2 + head)
    interim = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 60)
    await connection.send(BODY)
    reply = await connection.reply()
    await connection.close()
    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert reply.status == 201


async def test_expected_continue_is_not_sent_for_a_refused_request(running: Running) -> None:
    """100 only after authentication (2.1)."""
    connection = await connect(running.api.host, running.api.port)
    await connection.send(
        b"PUT /content/~/a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    )
    reply = await asyncio.wait_for(connection.reply(), 60)
    await connection.close()
    assert (reply.status, connection.interim) == (401, [])


async def test_refused_request_with_a_large_body_is_answered(running: Running) -> None:
    """The body is drained, so that the client gets to read the answer (2.1)."""
    body = b"x" * (4 * 1024 * 1024)
    reply = await running.request("PUT", "/content/~/a", {}, body)
    assert (reply.status, reply.code) == (401, "oauth_missing")


async def test_connection_goes_on_after_a_drained_body(running: Running) -> None:
    """What was not asked for is read and thrown away (2.1)."""
    connection = await connect(running.api.host, running.api.port)
    await connection.send(running.wire("PUT", "/content/~/a", {}, b"x" * 1024 * 1024))
    first = await connection.reply()
    await connection.send(running.wire("GET", "/api/time"))
    second = await connection.reply()
    await connection.close()
    assert (first.status, second.status) == (401, 200)


async def test_refused_request_with_a_huge_body_is_cut_off(running: Running) -> None:
    """Beyond 16 MiB the connection is closed (2.1)."""
    connection = await connect(running.api.host, running.api.port)
    await connection.send(running.wire("PUT", "/content/~/a", {"Content-Length": "100000000"}))
    reply = await connection.reply()
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 100_000_000:
            await connection.send(b"x" * 1_000_000)
            sent += 1_000_000
    connection.writer.transport.abort()
    assert reply.status == 401
    assert 16_000_000 <= sent < 50_000_000  # the rest of 16 MiB was in the sockets' buffers


async def test_truncated_body_does_not_hold_the_server(running: Running) -> None:
    """The server may close instead of answering, and goes on (20)."""
    connection = await connect(running.api.host, running.api.port)
    await connection.send(V2 + b"Content-Length: 100\r\n\r\n{}")
    await connection.close()
    assert (await running.request("GET", "/api/time")).status == 200


async def test_get_with_a_body_ignores_it(running: Running) -> None:
    """Bodies of GET, HEAD and DELETE are ignored (2.1)."""
    reply = await running.request("GET", "/api/features/", {}, b"not json")
    assert reply.status == 200


async def test_idle_and_slow_connections_do_not_stop_others(running: Running) -> None:
    """Two hundred that say nothing or half a line."""
    opened = [await connect(running.api.host, running.api.port) for _ in range(200)]
    for number, connection in enumerate(opened):
        if number % 2:
            await connection.send(b"GET /api/ti")
    assert (await running.request("GET", "/api/time")).status == 200
    for connection in opened:
        await connection.close()


async def test_random_requests_never_fail_inside(running: Running, ana: Credentials) -> None:
    """Seeded noise in targets and signatures gives 2xx or 4xx, never a 5xx or a hang."""
    noise = random.Random(20261122)
    pieces = [
        "/",
        "api",
        "quota",
        "%2F",
        "%00",
        "~",
        "é",
        "%ff",
        "?",
        "&",
        "=",
        "+",
        "..",
        "tokens",
    ]
    for _ in range(150):
        target = "/" + "".join(noise.choice(pieces) for _ in range(noise.randrange(8)))
        header = running.sign(ana, "GET", target)
        cut = noise.randrange(len(header))
        if noise.random() < 0.5:
            header = header[:cut] + noise.choice(['"', ",", "=", "%", "\u00ff", ""]) + header[cut:]
        reply = await running.request("GET", target, {"Authorization": header})
        assert reply.status < 500, (target, header)


async def test_running_request_is_answered_when_the_server_stops(data: Path) -> None:
    """A graceful stop waits for what has begun, and takes nothing new."""
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(running_cloud(data))
        ana, _ = await running.add_token(await running.add_account())
        connection = await connect(running.api.host, running.api.port)
        header = running.sign(ana, "GET", "/api/quota/")
        # The writing connection is held, so that the request is still running at the stop.
        with running.cloud.workers.database.noting():
            await connection.send(running.wire("GET", "/api/quota/", {"Authorization": header}))
            await running.request("GET", "/api/time")
            stopping = asyncio.create_task(stack.aclose())
            await until(lambda: not is_open(running.api.port), "the port to close")
        reply = await connection.reply()
        await stopping
        await connection.close()
    assert reply.status == 200


def is_open(port: int) -> bool:
    """Whether somebody listens on a port of this machine (asked without connecting)."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False
