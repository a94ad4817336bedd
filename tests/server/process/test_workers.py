"""`u1server serve --workers 2`: one cloud on one port, whichever process answers."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.processes import Process, Processes, wait_until
from tests.server.databases import both
from tests.server.files.client import API
from tests.server.files.test_crash import Plain

pytestmark = pytest.mark.end2end

TIMES = re.compile(
    rb'u1_http_requests_total\{method="GET",route="/api/time",status="200"\} ([0-9.]+)'
)


def serve(started: Processes, data: Path, *words: str) -> Process:
    return started.start(
        *("u1server", "serve", "--data", str(data), "--workers", "2", *words),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )


def urls(process: Process) -> tuple[str, str]:
    api = process.wait_for_line("listening on ", 60).removeprefix("listening on ")
    return api, process.wait_for_line("admin on ", 60).removeprefix("admin on ")


def children(process: Process) -> set[int]:
    """The serving processes."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(pid) for pid in found.split()}


def is_gone(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def counted(admin: str) -> float:
    """How often the time was asked for, by the metrics of any process."""
    found = TIMES.search(Plain(admin).ask("GET", "/metrics")[1])
    return 0.0 if found is None else float(found[1])


def ask_patiently(client: Plain, target: str) -> int:
    """The status; a connection that a killed process had taken is made again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return client.ask("GET", target)[0]
        except OSError:
            assert time.monotonic() < deadline


@pytest.fixture
def with_account(started: Processes, data: Path, database_url: str | None) -> Path:
    if database_url is not None:
        started.env["U1SERVER_DATABASE_URL"] = database_url
    added = started.run(
        *("u1server", "user", "add", EMAIL, "--data", str(data), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr
    return data


@both
def test_killed_worker_is_replaced(started: Processes, with_account: Path) -> None:
    """The others answer meanwhile; the counts of all stay (16.7); SIGTERM ends all with 0."""
    process = serve(started, with_account)
    api, admin = urls(process)
    client = Plain(api, Plain(api).log_in())
    wait_until(lambda: len(children(process)) == 2, 60, "two serving processes")
    victims = children(process)
    assert client.ask("PUT", "/content/~/Ubuntu%20One/a", b"x" * 50_000)[0] == 201
    assert [client.ask("GET", "/api/time")[0] for _ in range(20)] == [200] * 20
    wait_until(lambda: counted(admin) == 20.0, 60, "all to be counted")
    for victim in sorted(victims):
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(children(process) - {victim}) == 2, 60, "another process")  # noqa: B023
        assert ask_patiently(client, "/api/quota/") == 200
    assert not children(process) & victims
    assert counted(admin) == 20.0
    assert client.ask("GET", "/content/~/Ubuntu%20One/a") == (200, b"x" * 50_000)
    assert process.output.count("starting another") == 2
    last = children(process)
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert all(is_gone(pid) for pid in last)
    assert "Traceback" not in process.output


@both
def test_workers_share_one_cloud(started: Processes, with_account: Path) -> None:
    """Many connections at once, answered by both: exact `used`, unique generations (9, 11)."""
    process = serve(started, with_account)
    api, _ = urls(process)
    client = Plain(api, Plain(api).log_in())

    def put(number: int) -> int:
        return client.ask("PUT", f"/content/~/Ubuntu%20One/{number}", b"y" * (number * 1000))[0]

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(put, range(40)))
    assert statuses == [201] * 40
    assert client.json("/api/quota/")["used"] == sum(range(40)) * 1000
    delta = client.json(f"{API}/volumes/~/Ubuntu%20One?from_generation=0")
    assert [node["generation"] for node in delta["delta"]["nodes"]] == list(range(1, 41))


def test_workers_end_with_their_parent(started: Processes, data: Path) -> None:
    """Even when it was killed and could tell nobody."""
    process = serve(started, data)
    urls(process)
    wait_until(lambda: len(children(process)) == 2, 60, "two serving processes")
    orphans = children(process)
    process.signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in orphans), 60, "the end of the orphans")


def test_ctrl_c_ends_the_whole_group(started: Processes, data: Path) -> None:
    """A terminal tells parent and children at the same time."""
    process = serve(started, data)
    urls(process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0
    assert "Traceback" not in process.output


def test_workers_that_cannot_begin_are_not_replaced(started: Processes, data: Path) -> None:
    """One message, its exit code."""
    data.parent.joinpath("file").touch()
    process = serve(started, data, "--content-url", (data.parent / "file").as_uri())
    assert process.wait(60) == 2
    assert "cannot use the contents" in process.output
    assert "starting another" not in process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("number", ["0", "-1", "two", "1000"])
def test_impossible_number_of_workers_is_refused(
    started: Processes, data: Path, number: str
) -> None:
    """Exit code 2."""
    done = started.run("u1server", "serve", "--data", str(data), "--workers", number)
    assert (done.returncode, "option --workers: must be a number" in done.stderr) == (2, True)


def test_supervisor_gives_up_on_those_that_end_again_and_again(started: Processes) -> None:
    """Five deaths within a minute; exit code 1."""
    process = started.module("tests.server.process.dying_workers")
    assert process.wait(60) == 1
    assert "giving up" in process.output
    assert process.output.count("starting another") == 4
