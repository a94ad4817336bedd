"""The verbs beside the transfers: cp, diff, verify, ls -R, rm of several, mkdir -p, completion."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from tests.u1file.bare import Bare

pytestmark = pytest.mark.end2end

ROOT = "Ubuntu One"


@pytest.fixture
def stored(bare: Bare) -> Bare:
    """a/x and a/b/y, of equal content, and a/b/z."""
    bare.log_in()
    bare.store(a__x=b"one", a__b__y=b"one", a__b__z=b"two")
    return bare


@pytest.fixture
def folder(home: Path) -> Path:
    """The same as `stored` has in a."""
    here = home / "here"
    (here / "b").mkdir(parents=True)
    (here / "x").write_bytes(b"one")
    (here / "b/y").write_bytes(b"one")
    (here / "b/z").write_bytes(b"two")
    return here


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_copy_reads_once_and_sends_nothing_up(stored: Bare):
    """8: a magic upload for every file; equal contents are read once."""
    content = random.Random(8).randbytes(100_000)
    stored.store(large=content)
    copied = stored.u1file("--debug", "cp", f"{ROOT}/large", f"{ROOT}/copy")
    assert copied.returncode == 0, copied.stderr
    assert "PUT /content" not in copied.stderr
    assert stored.started.run("u1file", "diff", "/dev/null", f"{ROOT}/copy").returncode == 1
    tree = stored.u1file("--debug", "cp", "-r", f"{ROOT}/a", f"{ROOT}/new")
    assert tree.returncode == 0, tree.stderr
    assert "PUT /content" not in tree.stderr
    assert tree.stderr.count("GET /content") == 2
    assert stored.done("cat", f"{ROOT}/new/b/z") == "two"


def test_copy_replaces_nothing_unless_asked_to(stored: Bare):
    """6: an occupied place is a conflict, a folder without -r and into itself is refused."""
    source, target = f"{ROOT}/a/x", f"{ROOT}/a/b/z"
    stored.done("cp", source, target, code=6)
    assert stored.done("cat", target) == "two"
    stored.done("cp", "--force", source, target)
    assert stored.done("cat", target) == "one"
    stored.done("cp", source, f"{ROOT}/a/b")
    assert stored.done("cat", f"{ROOT}/a/b/x") == "one"
    stored.done("cp", f"{ROOT}/a", f"{ROOT}/c", code=5)
    stored.done("cp", "-r", f"{ROOT}/a", f"{ROOT}/a/b", code=2)
    stored.done("cp", f"{ROOT}/none", f"{ROOT}/c", code=4)


def test_copy_goes_up_where_the_cloud_does_not_know_the_content(stored: Bare):
    """8: after a copy to another volume, too; the content is whole whichever way it went."""
    stored.done("create-volume", "Docs")
    stored.done("cp", f"{ROOT}/a/x", "Docs/x")
    assert stored.done("cat", "Docs/x") == "one"


def test_equal_sides_have_no_difference(stored: Bare, folder: Path):
    """Exit code 0 and no word, for folders and for files."""
    assert stored.done("diff", str(folder), f"{ROOT}/a") == ""
    assert stored.done("diff", str(folder / "x"), f"{ROOT}/a") == ""


def test_every_difference_is_named(stored: Bare, folder: Path):
    """Only here, only there, differs by content; exit code 1, 4 where a side is missing."""
    (folder / "b/y").write_bytes(b"two")
    (folder / "b/z").unlink()
    (folder / "empty").mkdir()
    os.symlink("x", folder / "link")
    said = stored.u1file("diff", str(folder), f"{ROOT}/a")
    assert said.returncode == 1
    assert said.stdout == "Differs: b/y\nOnly there: b/z\nOnly here: empty/\n"
    assert "Not compared: link" in said.stderr
    found = lines(stored.done("diff", "--json", str(folder), f"{ROOT}/a", code=1))
    place = {"local": str(folder / "b/y"), "resource_path": f"/~/{ROOT}/a/b/y"}
    assert found[0] == {"difference": "differs", **place}
    quiet = stored.u1file("diff", "-q", str(folder), f"{ROOT}/a")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, "", "")
    stored.done("diff", str(folder), f"{ROOT}/none", code=4)
    stored.done("diff", str(folder / "none"), f"{ROOT}/a", code=4)
    stored.done("diff", str(folder), f"{ROOT}/a/x", code=2)


def test_damaged_content_at_the_cloud_is_found(stored: Bare):
    """Every byte is read again; exit code 1 and the file's name."""
    stored.store(large=bytes(200_000))
    assert stored.done("verify") == ""
    (blob,) = (
        file
        for file in (stored.cloud.data / "contents").rglob("*")
        if file.is_file() and file.stat().st_size >= 200_000
    )
    blob.chmod(0o600)
    with blob.open("r+b") as file:
        file.seek(100_000)
        file.write(b"!")
    said = stored.u1file("verify")
    assert said.returncode == 1
    assert said.stdout.startswith("Damaged: ~/Ubuntu One/large: ")
    assert said.stdout.count("\n") == 1
    checked = lines(stored.done("verify", "--json", f"{ROOT}/a"))
    assert [(each["resource_path"], each["ok"]) for each in checked] == [
        ("/~/Ubuntu One/a/x", True),
        ("/~/Ubuntu One/a/b/y", True),
        ("/~/Ubuntu One/a/b/z", True),
    ]


def test_whole_tree_is_listed(stored: Bare):
    """A folder after the other for people, a node a line in JSON."""
    assert stored.done("ls", "-R", f"{ROOT}/a") == (
        "~/Ubuntu One/a:\nb/\nx\n\n~/Ubuntu One/a/b:\ny\nz\n"
    )
    found = lines(stored.done("ls", "-R", "--json"))
    assert [each["path"] for each in found] == ["/a", "/a/b", "/a/x", "/a/b/y", "/a/b/z"]


def test_what_cannot_be_deleted_keeps_none_of_the_others(stored: Bare):
    """The exit code is that of the first failure."""
    said = stored.u1file("rm", "--json", f"{ROOT}/a/x", f"{ROOT}/none", f"{ROOT}/a/b/y")
    assert said.returncode == 4
    assert [(each["status"], each["resource_path"][-2:]) for each in lines(said.stdout)] == [
        ("deleted", "/x"),
        ("failed", "ne"),
        ("deleted", "/y"),
    ]
    stored.done("mkdir", "-p", f"{ROOT}/a/b/c/d")
    stored.done("mkdir", "-p", f"{ROOT}/a/b/c/d")
    stored.done("rm", "-r", f"{ROOT}/a")
    assert stored.done("ls", ROOT) == ""
