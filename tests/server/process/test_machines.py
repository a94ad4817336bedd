"""Two servers on one PostgreSQL and one folder of contents: together they are one cloud."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.processes import Processes
from tests.server.files.client import API, hash_of
from tests.server.files.test_crash import Plain
from u1tray.rest.signing import authorization

pytestmark = pytest.mark.end2end

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
ROOT = "/content/~/Ubuntu%20One"


@dataclass
class Machines:
    """Clients of the two servers, with the credentials of one device."""

    clients: tuple[Plain, Plain]
    database_url: str

    def count(self, table: str) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def at_once(self, ask: Callable[[Plain, int], Any], each: int = 1) -> list[Any]:
        """What both answer to questions that are asked of both at the same time."""
        gate = threading.Barrier(2 * each)

        def run(number: int) -> Any:
            gate.wait(60)
            return ask(self.clients[number % 2], number)

        with ThreadPoolExecutor(2 * each) as threads:
            return list(threads.map(run, range(2 * each)))


@pytest.fixture
def machines(started: Processes, home: Path, postgres_url: str) -> Machines:
    """Data directories of their own; one database, one folder, one key."""
    started.env |= {
        "U1SERVER_DATABASE_URL": postgres_url,
        "U1SERVER_CONTENT_URL": (home / "shared").as_uri(),
        "U1SERVER_KEY": KEY,
        "U1SERVER_LISTEN": "127.0.0.1:0",
        "U1SERVER_ADMIN_LISTEN": "127.0.0.1:0",
    }
    added = started.run(
        *("u1server", "user", "add", EMAIL, "--data", str(home / "one"), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr
    serving = [
        started.start("u1server", "serve", "--data", str(home / name)) for name in ("one", "two")
    ]
    urls = [process.wait_for_line("listening on", 60).split()[-1] for process in serving]
    credentials = Plain(urls[0]).log_in()
    one, two = (Plain(url, credentials) for url in urls)
    return Machines((one, two), postgres_url)


def test_alternating_client_finds_one_cloud(machines: Machines) -> None:
    """Every answer of the one counts for the next question to the other (2.1, 7, 9, 11)."""
    clients = itertools.cycle(machines.clients)
    chance = random.Random(4)
    known: dict[str, bytes] = {}
    for step in range(40):
        name = f"{ROOT}/d/{chance.randrange(6)}"
        what = chance.choice(("put", "put", "get", "delete"))
        if what == "put":
            data = chance.randbytes(chance.choice((0, 100, 30_000, 100_000)))
            status, _ = next(clients).ask("PUT", name, data)
            assert status == (200 if name in known else 201), step
            known[name] = data
        elif what == "get":
            status, body = next(clients).ask("GET", name)
            assert (status, body if status == 200 else None) == (
                (200, known[name]) if name in known else (404, None)
            )
        else:
            status, _ = next(clients).ask("DELETE", API + name.removeprefix("/content"))
            assert status == (200 if known.pop(name, None) is not None else 404)
        used = sum(map(len, known.values()))
        assert next(clients).json("/api/quota/")["used"] == used
    delta = f"{API}/volumes/~/Ubuntu%20One?from_generation=0"
    one, two = (client.json(delta) for client in machines.clients)
    assert one == two
    live = {node["path"] for node in one["delta"]["nodes"] if node["is_live"]}
    assert live == {"/d", *(name.removeprefix(ROOT) for name in known)}


def test_writers_of_both_machines_share_a_volume(machines: Machines) -> None:
    """Each change has its own generation, `used` is exact, the last upload wins (7, 9, 11)."""
    names = [f"{ROOT}/f{number}" for number in range(4)]

    def write(client: Plain, number: int) -> list[int]:
        chance = random.Random(number)
        statuses = []
        for _ in range(12):
            data = f"{chance.randrange(5)}".encode() * chance.choice((10, 40_000))
            statuses.append(client.ask("PUT", chance.choice(names), data)[0])
        return statuses

    statuses = {status for found in machines.at_once(write, each=2) for status in found}
    assert statuses <= {200, 201}
    one, two = machines.clients
    volume = one.json(f"{API}/volumes/~/Ubuntu%20One?from_generation=0")
    generations = [node["generation"] for node in volume["delta"]["nodes"]]
    assert generations == sorted(set(generations))
    assert volume["generation"] == generations[-1]
    total = 0
    for node in volume["delta"]["nodes"]:
        status, body = two.ask("GET", ROOT + node["path"])
        assert (status, hash_of(body)) == (200, node["hash"])
        total += len(body)
    assert two.json("/api/quota/")["used"] == total


@pytest.mark.parametrize("size", [100, 50_000])
def test_equal_contents_at_once_are_stored_once(machines: Machines, size: int) -> None:
    """Whoever comes second takes what the first has stored."""
    for turn in range(4):
        data = bytes([turn]) * size
        answers = machines.at_once(
            lambda client, n, data=data, turn=turn: client.ask("PUT", f"{ROOT}/{turn}-{n}", data)
        )
        assert [status for status, _ in answers] == [201, 201]
    assert machines.count("contents") == 4


def test_replay_to_the_other_machine_is_refused(machines: Machines) -> None:
    """Nonces are remembered for all servers (13.4)."""
    one, two = machines.clients
    assert one.credentials is not None
    signed = authorization(
        "GET",
        "http://cloud.example.com/api/quota/",
        one.credentials,
        nonce="n1",
        timestamp=int(time.time()),
    )

    def ask(client: Plain, _number: int) -> int:
        wire = http.client.HTTPConnection(client.url.removeprefix("http://"), timeout=60)
        fields = {"Host": "cloud.example.com", "Authorization": signed}
        wire.request("GET", "/api/quota/", headers=fields)
        status = wire.getresponse().status
        wire.close()
        return status

    assert sorted(machines.at_once(ask, each=2)) == [200, 401, 401, 401]
    assert [ask(one, 0), ask(two, 0)] == [401, 401]


def test_wrong_passwords_are_counted_together(machines: Machines) -> None:
    """Ten in ten minutes, whichever server is asked (14)."""

    def guess(client: Plain, _number: int, password: str = "wrong") -> int:
        body = {"email": EMAIL, "password": password, "token_name": "x"}
        target = "/api/v2/tokens/oauth"
        return Plain(client.url).ask("POST", target, json.dumps(body).encode())[0]

    found = machines.at_once(guess, each=8)
    assert (found.count(401), found.count(429)) == (10, 6)
    assert [guess(client, 0, PASSWORD) for client in machines.clients] == [429, 429]


def test_volumes_made_at_once_do_not_nest(machines: Machines) -> None:
    """One of the two is refused, and of the same path only one is new (5)."""
    for turn in range(5):
        paths = (f"~/V{turn}", f"~/V{turn}/a")
        found = machines.at_once(
            lambda client, n, paths=paths: client.ask("PUT", f"{API}/volumes/{paths[n]}")[0]
        )
        assert sorted(found) == [201, 400]
        same = machines.at_once(
            lambda client, _, turn=turn: client.ask("PUT", f"{API}/volumes/~/W{turn}")[0]
        )
        assert sorted(same) == [200, 201]


def test_token_of_a_name_is_one_for_both(machines: Machines) -> None:
    """Asked for at the same time, too (14)."""

    def log_in(client: Plain, _number: int) -> str:
        return Plain(client.url).log_in().token

    assert len(set(machines.at_once(log_in, each=2))) == 1
    assert machines.count("tokens") == 1
