"""Two server processes, as on two machines: nothing in common but PostgreSQL, an S3 store and
the server key. A client that alternates between them notices nothing."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.object_store import ObjectStore
from tests.rig.processes import Process, Processes, wait_until
from tests.server.files.client import API, hash_of, magic_of
from tests.server.files.test_crash import Plain
from u1tray.server.accounts.server_key import FILE_NAME as KEY_FILE

pytestmark = pytest.mark.end2end

ROOT = "/~/Ubuntu%20One"
CONTENT = f"/content{ROOT}"
LARGE = os.urandom(1024 * 1024) * 9
MEDIUM = os.urandom(50_000)


@dataclass
class Machine:
    """A server process with a data directory of its own."""

    data: Path
    env: dict[str, str]
    started: Processes
    process: Process | None = None

    def run(self, *arguments: str, stdin: str = "") -> str:
        """What an administration command prints."""
        command = ("env", *(f"{k}={v}" for k, v in self.env.items()), "u1server", *arguments)
        done = self.started.run(*command, "--data", str(self.data), stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self) -> str:
        """Its URL."""
        ports = ("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
        self.process = self.started.start(
            "u1server", "serve", "--data", str(self.data), *ports, env=self.env
        )
        return self.process.wait_for_line("listening on", 30).split()[-1]


@pytest.fixture
def machines(
    started: Processes, home: Path, store: ObjectStore, postgres_url: str
) -> list[Machine]:
    """Two, with an account in their database; none serves yet."""
    env = {**store.environment(), "U1SERVER_DATABASE_URL": postgres_url}
    first, second = (Machine(home / name, env, started) for name in ("one", "two"))
    first.run("user", "add", EMAIL, "--name", "Ana", "--password-stdin", stdin=PASSWORD)
    second.data.mkdir(mode=0o700)
    shutil.copy(first.data / KEY_FILE, second.data / KEY_FILE)
    return [first, second]


def clients(machines: list[Machine]) -> list[Plain]:
    """One of each, with the same token."""
    found = [Plain(machine.serve()) for machine in machines]
    credentials = found[0].log_in()
    for client in found:
        client.credentials = credentials
    return found


def put(client: Plain, name: str, data: bytes) -> None:
    status, body = client.ask("PUT", f"{CONTENT}/{name}", data)
    assert status in (200, 201), body
    assert json.loads(body)["hash"] == hash_of(data)


def test_client_may_alternate_between_machines(machines: list[Machine], store: ObjectStore) -> None:
    """What one stored the other has, at once: whole, in ranges, by its hashes."""
    one, two = clients(machines)
    for number in range(3):
        for name, begin in (("large", LARGE), ("medium", MEDIUM), ("small", b"small")):
            data = begin + bytes([number])
            put(one, name, data)
            assert two.ask("GET", f"{CONTENT}/{name}") == (200, data)
            one, two = two, one
    body = {"kind": "file", "hash": hash_of(data), "magic_hash": magic_of(data)}
    status, _ = one.ask("PUT", f"{API}{ROOT}/copy", json.dumps(body).encode())
    assert status == 201
    assert two.ask("GET", f"{CONTENT}/copy") == (200, data)
    assert one.json("/api/quota/")["used"] == two.json("/api/quota/")["used"]
    assert len(store.keys()) == 6


def test_collection_by_hand_while_both_serve(machines: list[Machine], store: ObjectStore) -> None:
    """`u1server gc` on either machine; what is named stays."""
    one, two = clients(machines)
    put(one, "kept", MEDIUM)
    put(two, "gone", LARGE)
    assert two.ask("DELETE", f"{API}{ROOT}/gone")[0] == 200
    looked = json.loads(machines[1].run("gc", "--dry-run", "--grace", "0", "--json"))
    assert (looked["dry_run"], looked["contents"], looked["content_bytes"]) == (True, 1, len(LARGE))
    done = json.loads(machines[1].run("gc", "--grace", "0", "--json"))
    assert (done["contents"], done["content_bytes"]) == (1, len(LARGE))
    assert len(store.keys()) == 1
    put(one, "gone", LARGE)
    for client in (one, two):
        assert client.ask("GET", f"{CONTENT}/kept") == (200, MEDIUM)
        assert client.ask("GET", f"{CONTENT}/gone") == (200, LARGE)
    assert "removed 0 unused contents" in machines[0].run("gc", "--grace", "0")


def test_server_collects_by_itself(started: Processes, home: Path) -> None:
    """Every `gc_interval`; an orphan blob of last week vanishes."""
    machine = Machine(home / "one", {"U1SERVER_GC_INTERVAL": "1"}, started)
    machine.serve()
    name = "ab" * 32
    orphan = machine.data / "contents" / name[:2] / name[2:4] / name
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    young = orphan.with_name("ab" * 31 + "cd")
    young.write_bytes(b"x")
    last_week = time.time() - 7 * 86400
    os.utime(orphan, (last_week, last_week))
    wait_until(lambda: not orphan.exists(), 60.0, "the orphan to be collected", machine.process)
    assert young.exists()


def test_missing_bucket_is_refused_at_the_start(
    started: Processes, home: Path, store: ObjectStore
) -> None:
    """One line, exit code 2; so is a URL that is none, with its place."""
    config = home / "server.conf"
    options = {**store.options(), "content_url": "s3://nobody-made-this/cloud"}
    lines = ["[server]", *(f"{name} = {value}" for name, value in options.items())]
    config.write_text("\n".join(lines) + "\n")
    command = ("u1server", "serve", "--data", str(home / "one"), "--config", str(config))
    done = started.run(*command)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("u1server: cannot use the contents in s3://nobody-made-this/cloud: ")
    assert "Traceback" not in done.stderr
    config.write_text(f"[server]\n# one\ncontent_url = s4://{'x' * 9}\n")
    done = started.run(*command)
    assert (done.returncode, done.stderr.splitlines()[0].partition(": not a")[0]) == (
        2,
        f"u1server: {config} line 3: content_url",
    )
