"""Many and large transfers on a bad day: resets, truncations, 503s, kill -9 on either side."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.rig.fault_proxy import Fault, fault_proxy
from tests.rig.processes import Processes
from tests.rig.terminal import Terminal
from tests.u1file.bare import Bare
from tests.u1file.between import DOWN, UP
from tests.u1file.bulk.conftest import LARGE_BYTES, Line, contents, make_tree

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"
LIMIT_SECONDS = 90.0
MOST = LARGE_BYTES * 2 // 3
UPLOAD = "POST /api/file_storage/v1/batch/upload"
APPEND, LOOK = "PATCH /api/file_storage/v1/uploads/", "HEAD /api/file_storage/v1/uploads/"


@pytest.fixture
def large(home: Path) -> Path:
    place = home / "large"
    place.write_bytes(os.urandom(LARGE_BYTES))
    return place


def parts(folder: Path) -> list[Path]:
    return [
        place
        for place in folder.rglob(".*")
        if place.suffix in (".u1part", "")
        and place.is_file()
        and place.name.startswith((".u1file-", ".large"))
    ]


def test_killed_client_goes_on_where_it_was(line: Line, home: Path, large: Path):
    """16.3, 7 (Range): the same put, and the same get, after kill -9 carry only what is missing."""
    for verb in (("put", str(large), f"{ROOT}/large"), ("put", "-r", f"{home}/in", f"{ROOT}/in")):
        if verb[1] == "-r":
            (home / "in").mkdir()
            (home / "in/large").write_bytes(os.urandom(LARGE_BYTES))
        held, reached = threading.Event(), threading.Event()
        line.between.trouble(APPEND, UP, MOST, lambda r=reached, h=held: (r.set(), h.wait(60)))
        first = line.start(*verb)
        assert reached.wait(60), first.output
        first.signal(signal.SIGKILL)
        first.wait()
        held.set()
        looked = line.between.trouble(LOOK, UP, 0, cuts=False)
        beyond = line.between.trouble(APPEND, UP, LARGE_BYTES - 1_000_000, cuts=False)
        again = line.start(*verb)
        assert again.wait(LIMIT_SECONDS) == 0, again.output
        assert looked.happened.is_set()
        assert not beyond.happened.is_set()
        line.between.forget()
    assert list((home / ".local/state/u1tray/uploads").iterdir()) == []

    for verb, target in (
        (("get", f"{ROOT}/large", str(home / "got")), home / "got"),
        (("get", "-r", f"{ROOT}/in", str(home / "tree")), home / "tree/large"),
    ):
        held, reached = threading.Event(), threading.Event()
        line.between.trouble(
            "GET /content", DOWN, MOST, lambda r=reached, h=held: (r.set(), h.wait(60))
        )
        first = line.start(*verb)
        assert reached.wait(60), first.output
        first.signal(signal.SIGKILL)
        first.wait()
        held.set()
        (part,) = target.parent.glob(f".{target.name}.*.u1part")
        assert 0 < part.stat().st_size < LARGE_BYTES
        assert not target.exists()
        beyond = line.between.trouble("GET /content", DOWN, LARGE_BYTES - 1_000_000, cuts=False)
        again = line.start(*verb)
        assert again.wait(LIMIT_SECONDS) == 0, again.output
        assert not beyond.happened.is_set()
        assert not part.exists()
        line.between.forget()
    assert (home / "got").read_bytes() == large.read_bytes()
    assert contents(home / "tree") == contents(home / "in")


def test_other_content_is_not_appended_to_an_old_part(line: Line, home: Path, large: Path):
    """7: a part belongs to one content; of another one everything is got, and it is taken away."""
    line.bare.done("put", "-q", str(large), f"{ROOT}/large")
    held, reached = threading.Event(), threading.Event()
    line.between.trouble("GET /content", DOWN, MOST, lambda: (reached.set(), held.wait(60)))
    first = line.start("get", f"{ROOT}/large", str(home / "got"))
    assert reached.wait(60), first.output
    first.signal(signal.SIGKILL)
    first.wait()
    held.set()
    (part,) = home.glob(".got.*.u1part")
    large.write_bytes(os.urandom(LARGE_BYTES))
    line.bare.done("put", "-q", str(large), f"{ROOT}/large")
    line.bare.done("get", f"{ROOT}/large", str(home / "got"))
    assert (home / "got").read_bytes() == large.read_bytes()
    assert not part.exists()


def test_killed_server_in_the_middle_of_trees_loses_nothing(line: Line, home: Path):
    """17: kill -9 and a restart under a put -r, a get -r and a sync; the trees are the same."""
    tree = make_tree(home / "tree", 60)
    (tree / "large").write_bytes(os.urandom(LARGE_BYTES))
    for verb, begins, direction in (
        (("put", "-r", str(tree), f"{ROOT}/tree"), APPEND, UP),
        (("get", "-r", f"{ROOT}/tree", str(home / "back")), "GET /content", DOWN),
    ):
        killed = line.between.trouble(begins, direction, 3_000_000, line.exchange_server)
        going = line.start(*verb)
        assert going.wait(LIMIT_SECONDS) == 0, going.output
        assert killed.happened.is_set()
        assert "Trying again" in going.output or direction == DOWN
    assert contents(home / "back") == contents(tree)
    done = line.start("sync", "--delete", str(tree), f"{ROOT}/tree")
    assert done.wait(LIMIT_SECONDS) == 0, done.output
    assert " stored" not in done.output


def test_503s_resets_and_truncations_lose_and_double_nothing(person: Bare, home: Path):
    """17: a real proxy between; what was put is what is got, and nothing else is there."""
    tree = make_tree(home / "tree", 60)
    with fault_proxy(int(person.cloud.url.rpartition(":")[2])) as proxy:
        started = Processes({**person.started.env, "U1_API_URL": proxy.url}, home)
        try:
            proxy.fault = Fault.BUSY
            put = started.start("u1file", "put", "-r", "-j", "3", str(tree), f"{ROOT}/tree")
            put.wait_for_line("Trying again")
            # Each connection breaks in the middle of the answer to its seventh file or so.
            proxy.fault, proxy.cut_after = Fault.CUT, 9000
            assert put.wait(LIMIT_SECONDS) == 0, put.output
            proxy.cut_after = 50_000  # enough for the listing, not for all files
            get = started.start("u1file", "get", "-r", "-j1", f"{ROOT}/tree", str(home / "back"))
            assert get.wait(LIMIT_SECONDS) == 0, get.output
            assert "cannot be reached" in put.output + get.output
        finally:
            started.end()
    assert contents(home / "back") == contents(tree)
    assert parts(home / "back") == []


def test_cloud_that_stays_away_ends_at_once_for_all_files(line: Line, home: Path):
    """Exit code 8 after the attempts of the files on their way, not of a thousand files."""
    tree = home / "tree"
    tree.mkdir()
    for number in range(300):
        (tree / str(number)).write_text(str(number))
    line.between.trouble(UPLOAD, UP, 0, lambda: line.bare.cloud.process.signal(signal.SIGKILL))
    put = line.start("put", "-r", "-j", "2", str(tree), f"{ROOT}/tree")
    assert put.wait(LIMIT_SECONDS) == 8, put.output
    assert "What was left was not tried." in put.output


@pytest.mark.parametrize("verb", ["get", "put"])
def test_ctrl_c_leaves_nothing_half(line: Line, home: Path, large: Path, verb: str):
    """130 while some files hang and others are on their way; no temporary name stays."""
    tree = make_tree(home / "tree")
    large.rename(tree / "large")
    line.bare.done("put", "-rq", str(tree), f"{ROOT}/tree")
    begun, ended = threading.Event(), threading.Event()
    hold = lambda: (begun.set(), ended.wait(60))  # noqa: E731
    if verb == "get":
        line.between.trouble("GET /content", DOWN, 1_000_000, hold)
        arguments = ("get", "-r", f"{ROOT}/tree", str(home / "back"))
    else:
        (tree / "large").write_bytes(os.urandom(LARGE_BYTES))
        line.between.trouble(APPEND, UP, 1_000_000, hold)
        arguments = ("put", "-r", str(tree), f"{ROOT}/other")
    shell = Terminal(line.troubled, "u1file", *arguments)
    try:
        assert begun.wait(60), shell.screen
        shell.type("\x03")
        assert shell.wait(60) == 130, shell.screen
        assert "Traceback" not in shell.screen
        assert parts(home / "back") == []
    finally:
        ended.set()
        shell.close()
    if verb == "put":
        assert "large\n" not in line.bare.done("ls", f"{ROOT}/other")


def test_copy_that_is_broken_off_leaves_no_empty_file(line: Line, large: Path):
    """8: a copy is there once its content is, also after kill -9."""
    line.bare.done("put", "-q", str(large), f"{ROOT}/large")
    held, reached = threading.Event(), threading.Event()
    line.between.trouble("GET /content", DOWN, MOST, lambda: (reached.set(), held.wait(60)))
    copy = line.start("cp", f"{ROOT}/large", f"{ROOT}/copy")
    try:
        assert reached.wait(60), copy.output
        copy.signal(signal.SIGKILL)
        copy.wait()
    finally:
        held.set()
    assert line.bare.done("ls", ROOT) == "large\n"


def test_terminal_shows_files_and_the_whole(line: Line, home: Path, large: Path):
    """A line for what is on its way and one for everything, after a second."""
    tree = make_tree(home / "tree")
    large.rename(tree / "large")
    line.between.trouble(APPEND, UP, 1_000_000, lambda: threading.Event().wait(1.5), cuts=False)
    shell = Terminal(line.troubled, "u1file", "put", "-r", str(tree), f"{ROOT}/tree")
    try:
        shell.expect(" files, ", 60)
        shell.expect("/s, ", 60)
        assert shell.wait(60) == 0, shell.screen
    finally:
        shell.close()
    assert "large   " in shell.screen
    assert " of 22 files, " in shell.screen
    assert "22 stored (24.0 MB), 1 made." in shell.screen
