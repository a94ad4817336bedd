"""Small files that travel together: every promise of a single transfer holds for each of them."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.rig.cloud import EMAIL
from tests.rig.terminal import Terminal
from tests.u1file.bare import Bare
from tests.u1file.between import DOWN, UP
from tests.u1file.bulk.conftest import Line, contents

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"
UPLOAD = "POST /api/file_storage/v1/batch/upload"
DOWNLOAD = "POST /api/file_storage/v1/batch/download"
LIMIT_SECONDS = 90.0


@pytest.fixture
def tree(home: Path) -> Path:
    made = home / "tree"
    made.mkdir()
    for number in range(30):
        (made / f"f{number:02}").write_bytes(os.urandom(100 + number))
    return made


def requests(said: subprocess.CompletedProcess[str], beginning: str) -> int:
    """How many requests of a kind a run with --debug made."""
    return sum(beginning in line and ": 2" in line for line in said.stderr.splitlines())


def test_many_small_files_need_few_requests(person: Bare, home: Path, tree: Path):
    """16.8: up, down and compared; a larger one beside them goes alone."""
    for number in range(300):
        (tree / f"g{number}").write_bytes(os.urandom(50))
    (tree / "large").write_bytes(os.urandom(300_000))
    put = person.u1file("--debug", "put", "-r", str(tree), f"{ROOT}/tree")
    assert put.returncode == 0, put.stderr
    assert (requests(put, UPLOAD), requests(put, "PUT /content")) == (3, 1)
    got = person.u1file("--debug", "get", "-r", f"{ROOT}/tree", str(home / "back"))
    assert (requests(got, DOWNLOAD), requests(got, "GET /content")) == (3, 1)
    assert contents(home / "back") == contents(tree)
    (tree / "g7").write_bytes(os.urandom(50))
    same = person.u1file("--debug", "sync", str(tree), f"{ROOT}/tree")
    assert requests(same, UPLOAD) == 1
    assert "1 stored" in same.stderr
    assert requests(person.u1file("--debug", "sync", str(tree), f"{ROOT}/tree"), UPLOAD) == 0


def test_file_changed_in_the_cloud_meanwhile_stays(line: Line, tree: Path):
    """7, 16.8: 412 for this one only, exit code 6; --force replaces it."""
    there = f"{ROOT}/tree"
    line.bare.done("put", "-r", str(tree), there)
    for place in tree.iterdir():
        place.write_bytes(os.urandom(200))
    line.between.trouble(
        UPLOAD, UP, 0, lambda: line.bare.store(tree__f07=b"of another"), cuts=False
    )
    put = line.start("put", "-r", str(tree), there)
    assert put.wait(LIMIT_SECONDS) == 6, put.output
    assert "Conflict: ~/Ubuntu One/tree/f07: It changed in the cloud meanwhile." in put.output
    assert "29 stored" in put.output
    assert line.bare.done("cat", f"{there}/f07") == "of another"
    line.bare.done("put", "-rf", str(tree), there)
    line.bare.done("get", "-r", there, str(tree.parent / "back"))
    assert contents(tree.parent / "back") == contents(tree)


def test_file_that_appears_here_meanwhile_stays(line: Line, home: Path, tree: Path):
    """Nothing is overwritten silently, new or changed; the others are written."""
    line.bare.done("put", "-r", str(tree), f"{ROOT}/tree")
    back = home / "back"
    back.mkdir()
    (back / "f03").write_text("to be replaced")
    (back / "f04").write_text("to be replaced")

    def write() -> None:
        (back / "f04").write_text("written meanwhile")
        (back / "f05").write_text("new meanwhile")

    line.between.trouble(DOWNLOAD, UP, 0, write, cuts=False)
    got = line.start("get", "-r", f"{ROOT}/tree", str(back))
    assert got.wait(LIMIT_SECONDS) == 6, got.output
    assert got.output.count("changed meanwhile. Look at it, or replace it by --force.") == 2
    changed = {"f04": b"written meanwhile", "f05": b"new meanwhile"}
    assert contents(back) == contents(tree) | changed
    line.bare.done("get", "-rf", f"{ROOT}/tree", str(back))
    assert contents(back) == contents(tree)


def test_content_that_changes_after_the_listing_is_got_as_it_is_then(
    line: Line, home: Path, tree: Path
):
    """17: one that is gone is said, one that is another is looked at anew."""
    line.bare.done("put", "-r", str(tree), f"{ROOT}/tree")

    def change() -> None:
        line.bare.store(tree__f08=b"newer")
        line.bare.done("rm", f"{ROOT}/tree/f09")

    line.between.trouble(DOWNLOAD, UP, 0, change, cuts=False)
    got = line.start("get", "-r", f"{ROOT}/tree", str(home / "back"))
    assert got.wait(LIMIT_SECONDS) == 4, got.output
    assert "Not found: ~/Ubuntu One/tree/f09" in got.output
    expected = contents(tree) | {"f08": b"newer"}
    del expected["f09"]
    assert contents(home / "back") == expected


@pytest.mark.parametrize("times", [1, 4])
def test_lost_answer_is_neither_a_conflict_nor_a_second_file(line: Line, tree: Path, times: int):
    """17: what an earlier attempt stored is a success, also where the files go alone then."""
    for _ in range(times):
        line.between.trouble(UPLOAD, DOWN, 0)
    put = line.start("put", "-r", "-j1", str(tree), f"{ROOT}/tree")
    assert put.wait(LIMIT_SECONDS) == 0, put.output
    assert "Trying again in" in put.output
    assert "30 stored" in put.output
    line.bare.done("get", "-r", f"{ROOT}/tree", str(tree.parent / "back"))
    assert contents(tree.parent / "back") == contents(tree)
    generation = json.loads(line.bare.done("volumes", "--json").splitlines()[0])["generation"]
    assert generation <= 2 * 30 + 1, "no content was stored again"


def test_file_that_changes_after_a_lost_answer_is_stored_as_it_is_now(line: Line, tree: Path):
    """17: what is in its place came from here; nobody else has changed anything."""
    changed = tree / "f00"
    for _ in range(10):  # until its files go alone
        line.between.trouble(UPLOAD, DOWN, 0, lambda: changed.write_text("written meanwhile"))
    put = line.start("put", "-r", "-j1", str(tree), f"{ROOT}/tree")
    assert put.wait(LIMIT_SECONDS) == 0, put.output
    assert line.bare.done("cat", f"{ROOT}/tree/f00") == "written meanwhile"


def test_full_cloud_keeps_what_has_room(person: Bare, tree: Path):
    """12: each succeeds or fails alone, exit code 7; each that failed is named."""
    person.cloud.administer("user", "quota", EMAIL, "2000")
    put = person.u1file("put", "-r", "-j1", "--json", str(tree), f"{ROOT}/tree")
    assert put.returncode == 7, put.stderr
    said = [json.loads(one) for one in put.stdout.splitlines()]
    stored = {Path(one["local"]).name for one in said if one["status"] == "stored"}
    failed = [one for one in said if one["status"] == "failed"]
    assert sum((tree / name).stat().st_size for name in stored) <= 2000
    assert len(stored) > 10
    assert len(stored) + len(failed) == 30
    assert all(one["exit_code"] == 7 for one in failed)
    assert put.stderr.count("Out of space: ~/Ubuntu One/tree/f") == len(failed)
    assert set(person.done("ls", f"{ROOT}/tree").split()) == stored


def test_modes_times_and_links_are_kept(person: Bare, home: Path, tree: Path):
    """A new file has a new file's mode and the cloud's time; what is replaced keeps its mode, and
    a link leads where it led."""
    person.done("put", "-r", str(tree), f"{ROOT}/tree")
    back = home / "back"
    back.mkdir()
    (back / "f00").write_text("old")
    (back / "f00").chmod(0o600)
    (home / "elsewhere").write_text("old")
    (back / "f01").symlink_to(home / "elsewhere")
    (back / "f02").mkdir()
    got = person.u1file("get", "-r", f"{ROOT}/tree", str(back))
    assert got.returncode == 2, got.stderr
    assert "f02 is a folder and cannot be replaced by a file" in got.stderr
    with person.api() as cloud:
        listed = {node.name: node for node in cloud.files.tree(f"/~/{ROOT}/tree").nodes}
    for name in ("f00", "f03"):
        assert (back / name).stat().st_mtime == listed[name].changed_at
        assert (back / name).read_bytes() == (tree / name).read_bytes()
    assert (back / "f00").stat().st_mode & 0o777 == 0o600
    assert (back / "f03").stat().st_mode == (tree / "f03").stat().st_mode
    assert (back / "f01").is_symlink()
    assert (home / "elsewhere").read_bytes() == (tree / "f01").read_bytes()


@pytest.mark.parametrize("verb", ["get", "put"])
def test_ctrl_c_ends_while_a_batch_hangs(line: Line, home: Path, tree: Path, verb: str):
    """130; no temporary name stays, and no file is half."""
    line.bare.done("put", "-r", str(tree), f"{ROOT}/tree")
    begun, ended = threading.Event(), threading.Event()
    hold = lambda: (begun.set(), ended.wait(60))  # noqa: E731
    line.between.trouble(DOWNLOAD if verb == "get" else UPLOAD, DOWN, 0, hold)
    there, back = f"{ROOT}/tree", str(home / "back")
    arguments = ("get", "-r", there, back) if verb == "get" else ("put", "-r", str(tree), there)
    shell = Terminal(line.troubled, "u1file", *arguments)
    try:
        assert begun.wait(60), shell.screen
        shell.type("\x03")
        assert shell.wait(60) == 130, shell.screen
        assert "Traceback" not in shell.screen
    finally:
        ended.set()
        shell.close()
    if verb == "get":
        assert contents(home / "back") == {}


def test_file_that_cannot_be_read_does_not_stop_its_batch(person: Bare, home: Path, tree: Path):
    """Nor one whose name is no text; each is told."""
    (tree / os.fsdecode(b"caf\xe9")).write_text("no UTF-8")
    put = person.u1file("put", "-r", str(tree), f"{ROOT}/tree")
    assert put.returncode == 2, put.stderr
    assert "not valid UTF-8" in put.stderr
    assert "30 stored" in put.stderr
