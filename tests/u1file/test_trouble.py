"""Transfers on a bad day: a server that dies, a cut line, another person writing, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL
from tests.rig.processes import Processes
from tests.rig.terminal import Terminal
from tests.u1file.between import DOWN, UP, Between, between
from tests.u1file.conftest import Desk

pytestmark = pytest.mark.end2end

MEBIBYTE = 1024 * 1024
SLOW_SECONDS = 1.3  # longer than a transfer may be without showing progress


@dataclass
class Line:
    """A person logged in, whose line to the cloud can be troubled; ~/Ubuntu One/kept is there."""

    desk: Desk
    home: Path
    between: Between
    started: Processes

    def u1file(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A verb over the line; `desk.u1file` goes beside it."""
        return self.started.run("u1file", *arguments)

    def kill_server(self) -> None:
        self.desk.cloud.process.signal(signal.SIGKILL)
        self.desk.cloud.process.wait()

    def restart_server(self, look: Callable[[str], object] = lambda _url: None) -> None:
        """`look` is called with its URL before the line leads there."""
        process = self.desk.started.start(
            *("u1server", "serve", "--data", str(self.desk.cloud.data)),
            *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        )
        found = re.search(r"http://\S+", process.wait_for_line("listening on"))
        assert found is not None
        self.desk.cloud.process = process
        look(found[0])
        self.between.aim(found[0])

    def exchange_server(self) -> None:
        """kill -9, and another process in its place."""
        self.kill_server()
        self.restart_server()

    def content(self, remote: str, url: str = "") -> bytes | None:
        """What the cloud holds, None for nothing; over the line, or straight at a URL."""
        place = self.home / "look"
        env = {**self.started.env, **({"U1_API_URL": url} if url else {})}
        got = Processes(env, self.started.logs).run("u1file", "get", remote, str(place))
        assert got.returncode in (0, 4), got.stderr
        return place.read_bytes() if got.returncode == 0 else None


@pytest.fixture
def line(desk: Desk, home: Path) -> Iterator[Line]:
    assert desk.log_in().returncode == 0
    with between(desk.cloud.url) as path:
        started = Processes({**desk.started.env, "U1_API_URL": path.url}, desk.started.logs)
        (home / "kept").write_bytes(os.urandom(3 * MEBIBYTE))
        (home / "sent").write_bytes(os.urandom(8 * MEBIBYTE))
        made = Line(desk, home, path, started)
        assert made.u1file("put", str(home / "kept"), "Ubuntu One/kept").returncode == 0
        yield made
        assert list(home.glob(".u1file-*")) == []


def test_killed_server_in_a_put_loses_nothing_and_the_verb_goes_on(line: Line, home):
    """7, 17: until the last byte readers see the old content; the next attempt sends all of it."""
    seen = []

    def restart_and_look() -> None:
        line.kill_server()
        line.restart_server(lambda url: seen.append(line.content("Ubuntu One/kept", url)))

    line.between.trouble("PUT /content", UP, MEBIBYTE, restart_and_look)
    said = line.u1file("put", str(home / "sent"), "Ubuntu One/kept")
    assert said.returncode == 0, said.stderr
    assert re.search(r"cannot be reached \(.*\)\. Trying again in 1 s\.\n", said.stderr)
    assert seen == [(home / "kept").read_bytes()]
    assert line.content("Ubuntu One/kept") == (home / "sent").read_bytes()


def test_killed_server_in_a_get_leaves_the_old_file_until_all_is_there(line: Line, home):
    """17: into a temporary file, from the start again, then renamed."""
    target = home / "target"
    target.write_text("old")
    target.chmod(0o640)
    seen = []

    def restart_and_look() -> None:
        line.exchange_server()
        seen.append(target.read_text())

    line.between.trouble("GET /content", DOWN, MEBIBYTE, restart_and_look)
    said = line.u1file("get", "Ubuntu One/kept", str(target))
    assert said.returncode == 0, said.stderr
    assert "Trying again" in said.stderr
    assert seen == ["old"]
    assert target.read_bytes() == (home / "kept").read_bytes()
    assert target.stat().st_mode & 0o777 == 0o640


def test_server_that_stays_away_ends_both_and_running_them_again_completes(line: Line, home):
    """17: five attempts, exit code 8, nothing half; the same commands afterwards succeed."""
    killed = threading.Event()
    line.between.trouble("GET /content", DOWN, MEBIBYTE, killed.wait)
    line.between.trouble("PUT /content", UP, MEBIBYTE, lambda: (line.kill_server(), killed.set()))
    get = line.started.start("u1file", "get", "Ubuntu One/kept", str(home / "got"))
    put = line.started.start("u1file", "put", str(home / "sent"), "Ubuntu One/new")
    assert (get.wait(120), put.wait(120)) == (8, 8), get.output + put.output
    assert get.output.count("Trying again") == put.output.count("Trying again") == 4
    assert not (home / "got").exists()
    assert list(home.glob(".u1file-*")) == []
    line.restart_server()
    assert line.content("Ubuntu One/new") is None
    assert line.u1file("put", str(home / "sent"), "Ubuntu One/new").returncode == 0
    assert line.content("Ubuntu One/new") == (home / "sent").read_bytes()
    assert line.content("Ubuntu One/kept") == (home / "kept").read_bytes()


def test_lost_answers_do_not_count_as_failures(line: Line, home):
    """17: after a repeated attempt 412 with our own tag, 404 of a DELETE and of a move are done."""
    line.between.trouble("PUT /content", DOWN)
    said = line.u1file("put", str(home / "sent"), "Ubuntu One/a")
    assert said.returncode == 0, said.stderr
    assert "Trying again" in said.stderr
    lost = line.between.trouble("PUT /api/file_storage/v1/~/Ubuntu%20One/a ", DOWN)
    assert line.u1file("mv", "Ubuntu One/a", "Ubuntu One/b").returncode == 0
    assert lost.happened.is_set()
    assert line.content("Ubuntu One/b") == (home / "sent").read_bytes()
    lost = line.between.trouble("DELETE ", DOWN)
    assert line.u1file("delete", "Ubuntu One/b").returncode == 0
    assert lost.happened.is_set()
    assert line.u1file("delete", "Ubuntu One/b").returncode == 4


@pytest.mark.parametrize("name", ["kept", "new"])
def test_change_by_another_during_a_put_is_refused(line: Line, home, name):
    """7: If-Match, or If-None-Match for a new file; exit code 6; --force replaces."""
    other = home / "other"
    other.write_text("from the other computer")

    def put_beside() -> None:
        beside = line.desk.u1file("put", str(other), f"Ubuntu One/{name}")
        assert beside.returncode == 0, beside.stderr

    line.between.trouble("PUT /content", UP, MEBIBYTE, put_beside, cuts=False)
    said = line.u1file("put", str(home / "sent"), f"Ubuntu One/{name}")
    assert said.returncode == 6, said.stderr
    assert f"Conflict: ~/Ubuntu One/{name}: " in said.stderr
    assert line.content(f"Ubuntu One/{name}") == other.read_bytes()
    other.write_text("once more")
    line.between.trouble("PUT /content", UP, MEBIBYTE, put_beside, cuts=False)
    said = line.u1file("put", "--force", str(home / "sent"), f"Ubuntu One/{name}")
    assert said.returncode == 0, said.stderr
    assert line.content(f"Ubuntu One/{name}") == (home / "sent").read_bytes()


def test_file_that_changes_while_it_is_put_is_said(line: Line, home):
    """What was stored may be neither the old nor the new file: exit code 6."""
    sent = home / "sent"
    line.between.trouble("PUT /content", UP, 1, lambda: os.truncate(sent, MEBIBYTE), cuts=False)
    said = line.u1file("put", str(sent), "Ubuntu One/new")
    assert said.returncode == 6, said.stderr
    assert "changed while it was read" in said.stderr
    assert line.content("Ubuntu One/new") is None


def test_local_file_written_during_a_get_is_kept(line: Line, home):
    """Nothing is replaced silently that changed meanwhile; --force does it."""
    target = home / "target"
    target.write_text("old")
    for options, code in (((), 6), (("--force",), 0)):
        line.between.trouble(
            *("GET /content", DOWN, MEBIBYTE),
            lambda: target.write_text("written meanwhile"),
            cuts=False,
        )
        said = line.u1file("get", *options, "Ubuntu One/kept", str(target))
        assert said.returncode == code, said.stderr
        kept = (home / "kept").read_bytes() if code == 0 else b"written meanwhile"
        assert target.read_bytes() == kept


def test_new_content_during_a_get_gives_the_new_content(line: Line, home):
    """7: If-Match holds the bytes to the hash they are checked with."""
    line.between.trouble(
        "GET /content",
        UP,
        0,
        lambda: line.desk.u1file("put", str(home / "sent"), "Ubuntu One/kept"),
        cuts=False,
    )
    said = line.u1file("get", "Ubuntu One/kept", str(home / "got"))
    assert said.returncode == 0, said.stderr
    assert (home / "got").read_bytes() == (home / "sent").read_bytes()


@pytest.mark.parametrize("verb", ["put", "get"])
def test_slow_transfer_shows_its_progress_and_ctrl_c_leaves_nothing(line: Line, home, verb):
    """A line on the terminal after a second; interrupted: 130, nothing half on either side."""
    begins, direction = ("PUT /content", UP) if verb == "put" else ("GET /content", DOWN)
    begun, stopped = threading.Event(), threading.Event()
    slow = line.between.trouble(
        begins, direction, MEBIBYTE, lambda: threading.Event().wait(SLOW_SECONDS), cuts=False
    )
    if verb == "put":
        arguments = (str(home / "sent"), "Ubuntu One/new")
    else:
        arguments = ("Ubuntu One/kept", str(home / "got"))
    shell = Terminal(line.started, "u1file", verb, *arguments)
    try:
        shell.expect(" MB of ")
        assert slow.happened.wait(60)
        assert shell.wait() == 0, shell.screen
    finally:
        shell.close()
    assert re.search(r"\d+ %  [\d.]+ MB of [\d.]+ MB  [\d.]+ [kM]B/s  0:\d\d left", shell.screen)
    assert "\r\x1b[K" in shell.screen
    line.desk.u1file("rm", "Ubuntu One/new")
    (home / "got").unlink(missing_ok=True)
    line.between.trouble(begins, direction, MEBIBYTE, lambda: (begun.set(), stopped.wait(60)))
    if verb == "put":
        (home / "sent").write_bytes(os.urandom(8 * MEBIBYTE))
    shell = Terminal(line.started, "u1file", verb, *arguments)
    try:
        assert begun.wait(60)
        shell.type("\x03")
        assert shell.wait() == 130, shell.screen
    finally:
        stopped.set()
        shell.close()
    assert "Traceback" not in shell.screen
    assert not (home / "got").exists()
    listed = line.desk.u1file("ls", "Ubuntu One").stdout.split()
    assert "new" not in listed, listed


def test_put_that_found_no_room_keeps_what_somebody_stored_there_meanwhile(line: Line, home):
    """7: only a file that is as it was made is taken back, however late that is asked."""
    mine = b"stored by another computer"
    (home / "other").write_bytes(mine)
    line.desk.cloud.administer("user", "quota", EMAIL, str(4 * MEBIBYTE))

    def store() -> None:
        assert line.desk.u1file("put", "-f", str(home / "other"), "Ubuntu One/new").returncode == 0

    late = line.between.trouble("DELETE", UP, 1, store, cuts=False)
    said = line.u1file("put", str(home / "sent"), "Ubuntu One/new")
    assert said.returncode == 7, said.stderr
    assert late.happened.is_set()
    assert line.content("Ubuntu One/new") == mine


def test_ended_by_a_signal_leaves_nothing(line: Line, home):
    """SIGTERM in the middle of a get: 143 and no temporary file."""
    stopped, begun = threading.Event(), threading.Event()
    line.between.trouble("GET /content", DOWN, MEBIBYTE, lambda: (begun.set(), stopped.wait(60)))
    get = line.started.start("u1file", "get", "Ubuntu One/kept", str(home / "got"))
    assert begun.wait(60), get.output
    get.signal(signal.SIGTERM)
    assert get.wait() == 143, get.output
    stopped.set()
    assert not (home / "got").exists()
