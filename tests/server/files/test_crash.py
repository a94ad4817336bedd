"""kill -9 while files are written: all that was acknowledged is there, all else old or new."""

from __future__ import annotations

import http.client
import json
import random
import secrets
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.processes import Processes, wait_until
from tests.server.files.client import API, hash_of
from u1tray.rest.signing import authorization
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

WRITERS = 3
ROUNDS = 4


class Plain:
    """A blocking client of a server process."""

    def __init__(self, url: str, credentials: Credentials | None = None) -> None:
        self.url = url
        self.credentials = credentials

    def log_in(self) -> Credentials:
        body = {"email": EMAIL, "password": PASSWORD, "token_name": "crash"}
        status, answer = self.ask("POST", "/api/v2/tokens/oauth", json.dumps(body).encode())
        assert status in (200, 201)
        found = json.loads(answer)
        return Credentials(
            "crash",
            found["consumer_key"],
            found["token_key"],
            found["consumer_secret"],
            found["token_secret"],
        )

    def ask(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body. Raises OSError and HTTPException when the server is gone."""
        fields = {}
        if self.credentials is not None:
            fields["Authorization"] = authorization(
                method,
                self.url + target,
                self.credentials,
                nonce=secrets.token_hex(16),
                timestamp=int(time.time()),
            )
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as wire:
            wire.request(method, target, body, fields)
            answer = wire.getresponse()
            return answer.status, answer.read()

    def json(self, target: str) -> Any:
        status, body = self.ask("GET", target)
        assert status == 200
        return json.loads(body)


class Writer(threading.Thread):
    """Writes its own files until the server dies; remembers what was acknowledged."""

    def __init__(self, client: Plain, name: str, known: dict[str, bytes]) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.known = known
        self.doubtful: dict[str, bytes] = {}  # sent, but not acknowledged
        self.chance = random.Random(name)
        self.names = [f"/content/~/Ubuntu%20One/{name}/{number}" for number in range(4)]

    def run(self) -> None:
        while True:
            target = self.chance.choice(self.names)
            size = self.chance.choice((10, 30_000, 40_000, 3_000_000))
            data = self.chance.randbytes(size)
            self.doubtful = {target: data}
            try:
                status, _ = self.client.ask("PUT", target, data)
            except (OSError, http.client.HTTPException):
                return
            assert status in (200, 201)
            self.known[target] = data
            self.doubtful = {}


def restart(cloud: RunningCloud) -> RunningCloud:
    process = cloud.started.start(
        *("u1server", "serve", "--data", str(cloud.data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    url = process.wait_for_line("listening on").split()[-1]
    return RunningCloud(url, cloud.data, process, cloud.started)


def test_killed_server_keeps_what_it_acknowledged(started: Processes, home: Path) -> None:
    """Byte for byte; the rest is old or new; `used` is the sum of the sizes (2.1, 7, 11)."""
    cloud = start_cloud(started, home)
    credentials = Plain(cloud.url).log_in()
    chance = random.Random(3)
    known: list[dict[str, bytes]] = [{} for _ in range(WRITERS)]
    for _ in range(ROUNDS):
        client = Plain(cloud.url, credentials)
        writers = [Writer(client, f"w{n}", acknowledged) for n, acknowledged in enumerate(known)]
        for writer in writers:
            writer.start()
        wait_for_progress(known)
        threading.Event().wait(chance.random() / 3)  # the moment of the kill is to be random
        cloud.process.signal(signal.SIGKILL)
        cloud.process.wait()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
        cloud = restart(cloud)
        compare(Plain(cloud.url, credentials), writers)
    assert damage(cloud.data) == []


def wait_for_progress(known: list[dict[str, bytes]]) -> None:
    def written() -> list[int]:
        return [id(data) for one in known for data in list(one.values())]

    before = written()
    wait_until(lambda: written() != before, 60.0, "an acknowledged upload")


def compare(client: Plain, writers: list[Writer]) -> None:
    total = 0
    for writer in writers:
        for target in writer.names:
            status, body = client.ask("GET", target)
            allowed = [one[target] for one in (writer.known, writer.doubtful) if target in one]
            if status == 404:
                assert target not in writer.known
                continue
            assert body in allowed, target
            shown = client.json(API + target.removeprefix("/content"))
            assert (shown["hash"], shown["size"]) == (hash_of(body), len(body))
            writer.known[target] = body
            total += len(body)
    assert client.json("/api/quota/")["used"] == total


def damage(data: Path) -> list[str]:
    """Contents that are named and not there; orphans are allowed."""
    with closing(sqlite3.connect(data / "metadata.sqlite")) as database:
        rows = database.execute("SELECT hex(sha256), size FROM contents WHERE NOT is_inline")
        found = []
        for name, size in rows:
            blob = data / "contents" / name[:2].lower() / name[2:4].lower() / name.lower()
            if not blob.exists() or blob.stat().st_size != size:
                found.append(name)
    return found
