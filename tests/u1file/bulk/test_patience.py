"""A cloud that is away for a while, or fails whole batches: nothing is lost, and all ends well."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rig.processes import Process, Processes
from tests.u1file.bare import Bare
from tests.u1file.between import DOWN, UP, Between, between
from tests.u1file.bulk.conftest import LARGE_BYTES, Line, contents, make_tree

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"
LIMIT_SECONDS = 120.0
AWAY_SECONDS = 8.0
UPLOAD = "POST /api/file_storage/v1/batch/upload"
DOWNLOAD = "POST /api/file_storage/v1/batch/download"
APPEND = "PATCH /api/file_storage/v1/uploads/"
ATTEMPTS = 5  # of 17


@dataclass
class Held:
    """A verb that is held in the middle of its transfer."""

    line: Between
    process: Process
    reached: threading.Event
    going: threading.Event = field(default_factory=threading.Event)


@dataclass
class Holder:
    """Starts verbs, each over a line of its own that holds it once."""

    person: Bare
    home: Path
    after: ExitStack

    def start(self, begins: str, direction: str, after: int, *verb: str) -> Held:
        line = self.after.enter_context(between(self.person.cloud.url))
        reached, going = threading.Event(), threading.Event()
        line.trouble(begins, direction, after, lambda: (reached.set(), going.wait(LIMIT_SECONDS)))
        self.after.callback(going.set)
        logs = self.home / f"held-{line.url.rpartition(':')[2]}"
        logs.mkdir()
        started = Processes({**self.person.started.env, "U1_API_URL": line.url}, logs)
        self.after.callback(started.end)
        return Held(line, started.start("u1file", *verb), reached, going)


@pytest.fixture
def holder(person: Bare, home: Path) -> Iterator[Holder]:
    with ExitStack() as after:
        yield Holder(person, home, after)


def test_server_that_is_killed_under_every_kind_of_transfer_and_away_for_a_while(
    holder: Holder, person: Bare, home: Path
):
    """17: kill -9 in the middle of all five; back within their patience, all end as without it."""
    large, got = home / "large", home / "got"
    large.write_bytes(os.urandom(LARGE_BYTES))
    tree, mirror = make_tree(home / "tree", 60), make_tree(home / "mirror", 60)
    person.done("put", "-q", str(large), f"{ROOT}/old")
    person.done("put", "-rq", str(tree), f"{ROOT}/there")
    person.done("put", "-rq", str(mirror), f"{ROOT}/mirror")
    for number in range(0, 60, 2):
        (mirror / f"d{number % 3}" / "ünï code" / f"f {number}").write_bytes(os.urandom(900))
    held = [
        holder.start(APPEND, UP, 3_000_000, "put", str(large), f"{ROOT}/large"),
        holder.start("GET /content", DOWN, 3_000_000, "get", f"{ROOT}/old", str(got)),
        holder.start(UPLOAD, UP, 0, "put", "-r", str(tree), f"{ROOT}/tree"),
        holder.start(DOWNLOAD, DOWN, 0, "get", "-r", f"{ROOT}/there", str(home / "back")),
        holder.start(UPLOAD, UP, 0, "sync", "--delete", str(mirror), f"{ROOT}/mirror"),
    ]
    for one in held:
        assert one.reached.wait(LIMIT_SECONDS), one.process.output
    person.cloud.process.signal(signal.SIGKILL)
    person.cloud.process.wait()
    for one in held:
        one.going.set()
        one.process.wait_for_line("Trying again")
    threading.Event().wait(AWAY_SECONDS)
    process = person.started.start(
        *("u1server", "serve", "--data", str(person.cloud.data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    url = process.wait_for_line("listening on").partition("listening on ")[2].split()[0]
    person.cloud.process = process
    person.started.env["U1_API_URL"] = url
    for one in held:
        one.line.aim(url)
    for one in held:
        assert one.process.wait(LIMIT_SECONDS) == 0, one.process.output
    assert got.read_bytes() == large.read_bytes()
    assert contents(home / "back") == contents(tree)
    person.done("diff", str(large), f"{ROOT}/large")
    person.done("diff", str(tree), f"{ROOT}/tree")
    person.done("diff", str(mirror), f"{ROOT}/mirror")
    assert list(home.glob(".*.u1part")) == []


def failure(status: int) -> bytes:
    """What a server says that fails, and wants to be asked again at once."""
    return (
        f"HTTP/1.1 {status} Failed\r\nContent-Type: application/json\r\nRetry-After: 0\r\n"
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    ).encode()


@pytest.mark.parametrize("status", [500, 503])
def test_batch_that_fails_as_a_whole_is_asked_again_and_then_carried_one_by_one(
    line: Line, home: Path, status: int
):
    """17: as patient as with one request; then what can be carried alone is."""
    tree = make_tree(home / "tree", 30)
    for _ in range(ATTEMPTS):
        line.between.trouble(UPLOAD, UP, 0, answer=failure(status))
    put = line.start("put", "-r", str(tree), f"{ROOT}/tree")
    assert put.wait(LIMIT_SECONDS) == 0, put.output
    assert "31 stored" in put.output
    for _ in range(ATTEMPTS):
        line.between.trouble(DOWNLOAD, UP, 0, answer=failure(status))
    get = line.start("get", "-r", f"{ROOT}/tree", str(home / "back"))
    assert get.wait(LIMIT_SECONDS) == 0, get.output
    assert contents(home / "back") == contents(tree)


def test_only_what_really_fails_fails(line: Line, home: Path):
    """One file that the server cannot store, together or alone: exit code 10, the others there."""
    tree = make_tree(home / "tree", 30)
    for _ in range(ATTEMPTS):
        line.between.trouble(UPLOAD, UP, 0, answer=failure(500))
        line.between.trouble(
            "PUT /content/~/Ubuntu%20One/tree/d1/%C3%BCn%C3%AF%20code/f%207 ",
            *(UP, 0),
            answer=failure(500),
        )
    put = line.start("put", "-r", str(tree), f"{ROOT}/tree")
    assert put.wait(LIMIT_SECONDS) == 10, put.output
    assert "30 stored" in put.output
    assert "1 failed" in put.output
    assert put.output.count("Internal server error: ~/Ubuntu One/tree/d1/ünï code/f 7") == 1
    again = line.start("put", "-ru", str(tree), f"{ROOT}/tree")
    assert again.wait(LIMIT_SECONDS) == 0, again.output
    line.bare.done("diff", str(tree), f"{ROOT}/tree")
