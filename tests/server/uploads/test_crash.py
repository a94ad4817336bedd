"""Broken connections and kill -9 in the middle of a PATCH; several server processes (16.3)."""

from __future__ import annotations

import asyncio
import http.client
import random
import re
import secrets
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.rig.cloud import RunningCloud, start_cloud
from tests.rig.processes import Processes, wait_until
from tests.server.files.client import Files, tag_of
from tests.server.files.test_crash import Plain
from tests.server.rig import until
from tests.server.uploads.client import UPLOADS, Tus, metadata
from u1tray.rest.signing import authorization
from u1tray.server.uploads import appending
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

TARGET = "/~/Ubuntu One/big"
DATA = random.Random(5).randbytes(2 * appending.PROMISE_BYTES + 12_345_678)


class TusPlain(Plain):
    """A blocking tus client of a server process."""

    def send(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as wire:
            wire.request(method, target, body, self.fields(method, target, **headers))
            answer = wire.getresponse()
            answer.read()
            return answer

    def fields(self, method: str, target: str, **headers: str) -> dict[str, str]:
        assert self.credentials is not None
        signed = authorization(
            method,
            self.url + target,
            self.credentials,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": signed, "Tus-Resumable": "1.0.0", **named}

    def begin(self, length: int = len(DATA)) -> str:
        fields = {"Upload_Length": str(length), "Upload_Metadata": metadata(target=TARGET)}
        answer = self.send("POST", UPLOADS, **fields)
        assert answer.status == 201
        return answer.headers["Location"]

    def offset(self, url: str) -> int:
        answer = self.send("HEAD", url)
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    def patch(self, url: str, offset: int, data: bytes) -> http.client.HTTPResponse:
        more = {"Upload_Offset": str(offset), "Content_Type": "application/offset+octet-stream"}
        return self.send("PATCH", url, data, **more)

    def open_patch(self, url: str, offset: int, data: bytes, announced: int) -> socket.socket:
        """A PATCH that has sent only a part of what it announced."""
        fields = self.fields("PATCH", url)
        fields["Content-Type"] = "application/offset+octet-stream"
        fields |= {"Upload-Offset": str(offset), "Content-Length": str(announced)}
        host = urlsplit(self.url)
        lines = [f"PATCH {url} HTTP/1.1", f"Host: {host.netloc}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        wire = socket.create_connection((host.hostname, host.port), timeout=60)
        wire.sendall("\r\n".join([*lines, "", ""]).encode() + data)
        return wire


def serve(cloud: RunningCloud) -> RunningCloud:
    """One more server process on the same data."""
    process = cloud.started.start(
        *("u1server", "serve", "--data", str(cloud.data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    url = process.wait_for_line("listening on").split()[-1]
    return RunningCloud(url, cloud.data, process, cloud.started)


@pytest.fixture
def cloud(started: Processes, home: Path) -> RunningCloud:
    return start_cloud(started, home)


@pytest.fixture
def keys(cloud: RunningCloud) -> Credentials:
    return Plain(cloud.url).log_in()


def test_killed_server_keeps_what_it_promised(cloud: RunningCloud, keys: Credentials) -> None:
    """kill -9 in the middle of a PATCH; resumed, the content is the same byte for byte."""
    client = TusPlain(cloud.url, keys)
    url = client.begin()
    sent = appending.PROMISE_BYTES + 5_000_000
    wire = client.open_patch(url, 0, DATA[:sent], len(DATA))
    wait_until(lambda: client.offset(url) > 0, 60.0, "a promise in the middle of the PATCH")
    promised = client.offset(url)
    cloud.process.signal(signal.SIGKILL)
    cloud.process.wait()
    wire.close()
    client = TusPlain(serve(cloud).url, keys)
    offset = client.offset(url)
    assert appending.PROMISE_BYTES <= promised <= offset <= sent
    answer = client.patch(url, offset, DATA[offset:])
    assert (answer.status, answer.headers["ETag"]) == (204, tag_of(DATA))
    status, body = client.ask("GET", "/content/~/Ubuntu%20One/big")
    assert (status, body == DATA) == (200, True)
    assert list((cloud.data / "contents" / "partial").iterdir()) == []


def test_two_servers_share_uploads(cloud: RunningCloud, keys: Credentials) -> None:
    """Successive pieces to either; a second PATCH at once is 409 at the other one too (20)."""
    clients = [TusPlain(cloud.url, keys), TusPlain(serve(cloud).url, keys)]
    url = clients[0].begin(4_000_000)
    data = DATA[:4_000_000]
    assert clients[1].patch(url, 0, data[:1_000_000]).status == 204
    assert clients[0].offset(url) == 1_000_000
    wire = clients[0].open_patch(url, 1_000_000, data[1_000_000:2_500_000], 3_000_000)
    wait_until(lambda: size_of_partial(cloud) > 1_000_000, 60.0, "the upload is held")
    assert clients[1].patch(url, 1_000_000, b"").status == 409
    wire.sendall(data[2_500_000:2_600_000])
    wire.close()
    wait_until(lambda: clients[1].offset(url) > 1_000_000, 60.0, "what came before the break")
    offset = clients[1].offset(url)
    wait_until(lambda: clients[1].patch(url, offset, b"").status == 204, 60.0, "it is let go")
    assert offset == 2_600_000
    answer = clients[1].patch(url, offset, data[offset:])
    assert (answer.status, answer.headers["ETag"]) == (204, tag_of(data))
    assert clients[0].ask("GET", "/content/~/Ubuntu%20One/big")[1] == data


def test_killed_server_lets_others_go_on_at_once(cloud: RunningCloud, keys: Credentials) -> None:
    """The system gives back what the killed process held."""
    other = TusPlain(serve(cloud).url, keys)
    client = TusPlain(cloud.url, keys)
    url = client.begin(3_000_000)
    wire = client.open_patch(url, 0, DATA[:2_000_000], 3_000_000)
    wait_until(lambda: size_of_partial(cloud) > 0, 60.0, "the upload is held")
    assert other.patch(url, 0, b"").status == 409
    cloud.process.signal(signal.SIGKILL)
    cloud.process.wait()
    assert other.patch(url, 0, DATA[:3_000_000]).status == 204
    wire.close()


def size_of_partial(cloud: RunningCloud) -> int:
    """Of the only open upload."""
    return sum(file.stat().st_size for file in (cloud.data / "contents" / "partial").iterdir())


async def test_broken_connection_keeps_what_came(tus: Tus, files: Files) -> None:
    """To the last byte that arrived."""
    data = DATA[:200_000]
    url = await tus.begin("~/Docs/a", len(data))
    for offset, end in ((0, 70_001), (70_001, 70_002)):

        async def reached(offset: int = offset, end: int = end) -> bool:
            if await tus.offset(url) == offset:  # else the former PATCH may hold it still
                connection = await tus.open_patch(url, offset, len(data) - offset)
                await connection.send(data[offset:end])
                await connection.close()
            return await tus.offset(url) == end

        await until_true(reached)
    await until_true(lambda: goes_on(tus, url, 70_002, data[70_002:]))
    assert (await files.content("GET", "~/Docs/a")).body == data


async def goes_on(tus: Tus, url: str, offset: int, data: bytes) -> bool:
    return (await tus.patch(url, offset, data)).status == 204


async def until_true(ask) -> None:
    """Ask until the answer is yes: the server hears of a broken connection in its own time."""
    deadline = asyncio.get_running_loop().time() + 60
    while not await ask():
        assert asyncio.get_running_loop().time() < deadline


async def test_last_byte_is_sent_again_if_the_commit_was_missed(tus: Tus) -> None:
    """All bytes, but no end of the body: the offset stays below the length, so clients go on."""
    url = await tus.begin("~/Docs/a", 10)
    connection = await tus.open_patch(url, 0, None)
    await connection.send(b"a\r\n1234567890\r\n")  # the end of the chunks never comes
    await connection.close()

    async def reached() -> bool:
        return await tus.offset(url) == 9

    await until_true(reached)
    await until_true(lambda: goes_on(tus, url, 9, b"0"))


async def test_stop_of_the_server_keeps_what_came(data: Path) -> None:
    """A running PATCH is ended by the stop, after the grace; nothing is lost."""
    from tests.server.rig import running_cloud

    async with running_cloud(data) as running:
        ana, _ = await running.add_token(await running.add_account())
        tus = Tus(Files(running, ana))
        url = await tus.begin("~/Ubuntu One/a", 1000)
        connection = await tus.open_patch(url, 0, 1000)
        await connection.send(b"x" * 600)
        await until(lambda: list((data / "contents" / "partial").iterdir()), "the PATCH has begun")
    await connection.close()
    async with running_cloud(data) as running:
        running._nonces = 1000
        tus = Tus(Files(running, ana))
        assert await tus.offset(url) == 600
        assert (await tus.patch(url, 600, b"x" * 400)).status == 204
    assert re.fullmatch(r".*/uploads/[\w-]{22}", url)
