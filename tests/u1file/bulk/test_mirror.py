"""sync: one folder made like another, in both directions, with its limits."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.u1file.bare import Bare
from tests.u1file.between import UP
from tests.u1file.bulk.conftest import Line, contents, make_tree

pytestmark = pytest.mark.end2end

THERE = "Ubuntu One/mirror"


def test_mirror_up_and_down_follow_every_kind_of_change(person: Bare, home: Path):
    """New, changed, gone, and of another kind; a dry run does nothing; afterwards nothing is
    left to do."""
    tree, back = make_tree(home / "tree"), home / "back"
    person.done("sync", str(tree), THERE)
    person.done("sync", "--down", THERE, str(back))
    assert contents(back) == contents(tree)
    before = contents(tree)

    (tree / "new/deep").mkdir(parents=True)
    (tree / "new/deep/file").write_text("new")
    changed = next((tree / "d0").rglob("f *"))
    status = changed.stat()
    changed.write_bytes(bytes(len(changed.read_bytes())))
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    (tree / "nothing").unlink()
    (tree / "nothing").mkdir()
    shutil.rmtree(tree / "d1")
    (tree / "d1").write_text("a file now")
    (tree / "empty").rmdir()

    said = person.u1file("sync", "--delete", "--dry-run", str(tree), THERE)
    assert said.returncode == 0, said.stderr
    assert "Would store ~/Ubuntu One/mirror/new/deep/file, 3 bytes." in said.stderr
    assert "Would delete ~/Ubuntu One/mirror/empty." in said.stderr
    person.done("sync", "--down", THERE, str(home / "look"))
    assert contents(home / "look") == before

    person.done("sync", "--delete", str(tree), THERE)
    person.done("sync", "--down", "--delete", "-n", THERE, str(back))
    assert contents(back) == before
    person.done("sync", "--down", "--delete", THERE, str(back))
    assert contents(back) == contents(tree)
    for arguments in (("--delete", str(tree), THERE), ("--down", "--delete", THERE, str(back))):
        again = person.u1file("sync", *arguments)
        assert again.returncode == 0
        (sentence,) = again.stderr.splitlines()
        assert sentence.endswith(" left as they are.")


def test_too_many_deletions_change_nothing(person: Bare, home: Path):
    """A source that is empty by mistake does not empty the target; a number allows it."""
    tree, empty = make_tree(home / "tree"), home / "void"
    empty.mkdir()
    person.done("sync", "-q", str(tree), THERE)
    listed = person.done("ls", "-R", THERE)
    said = person.u1file("sync", "--delete", str(empty), THERE)
    assert said.returncode == 5
    assert "The source is empty" in said.stderr
    (empty / "one").write_text("one")
    said = person.u1file("sync", "--delete", str(empty), THERE)
    assert said.returncode == 5
    assert "more than half. Nothing was changed. Look with --dry-run" in said.stderr
    said = person.u1file("sync", "--delete", "--dry-run", str(empty), THERE)
    assert said.returncode == 0, said.stderr
    assert said.stderr.count("Would delete") == len(contents(tree))
    assert "Without --dry-run this is refused" in said.stderr
    said = person.u1file("sync", "--delete", "--max-delete", "3", str(empty), THERE)
    assert said.returncode == 5
    assert "more than --max-delete 3" in said.stderr
    assert person.done("ls", "-R", THERE) == listed
    count = len(contents(tree))
    person.done("sync", "--down", "-q", THERE, str(home / "back"))
    person.done("sync", "--delete", "--max-delete", str(count), str(empty), THERE)
    assert person.done("ls", THERE) == "one\n"
    said = person.u1file("sync", "--down", "--delete", THERE, str(home / "back"))
    assert said.returncode == 5
    assert len(contents(home / "back")) == count
    assert person.u1file("sync", "--max-delete", "3", str(tree), THERE).returncode == 2


def test_excluded_files_are_left_alone_on_both_sides(person: Bare, home: Path):
    """They are neither carried nor deleted."""
    tree = home / "tree"
    (tree / "cache").mkdir(parents=True)
    for name in ("a", "b.tmp", "cache/c"):
        (tree / name).write_text(name)
    person.store(mirror__there__d=b"d", mirror__e=b"e")
    options = ("--delete", "--exclude", "*.tmp", "--exclude", "cache", "--exclude", "there/d")
    person.done("sync", *options, str(tree), THERE)
    assert person.done("ls", THERE) == "there/\na\n" or person.done("ls", THERE) == "a\nthere/\n"
    (tree / "own.tmp").write_text("own")
    person.done("sync", "--down", *options, THERE, str(tree))
    assert {name for name in contents(tree) if "/" not in name} == {
        *("a", "b.tmp", "cache", "own.tmp", "there")
    }


def test_what_changed_in_the_cloud_meanwhile_is_not_replaced(person: Bare, home: Path):
    """7: the preconditions are those of the listing."""
    tree = home / "tree"
    tree.mkdir()
    (tree / "here").write_text("here")
    person.done("sync", str(tree), THERE)
    said = person.u1file("sync", str(tree), f"{THERE}/here")
    assert said.returncode == 5, said.stderr
    said = person.u1file("sync", str(tree / "here"), THERE)
    assert said.returncode == 2
    said = person.u1file("sync", str(tree), "Nowhere/x")
    assert said.returncode == 4


def test_folder_that_something_came_into_meanwhile_stays(line: Line, home: Path):
    """6: only empty folders are deleted, and only files that are still what was listed."""
    tree = home / "tree"
    for name in ("kept/a", "going/b", "changing/c"):
        (tree / name).parent.mkdir(parents=True)
        (tree / name).write_text(name)
    line.bare.done("put", "-rq", str(tree), "Ubuntu One/tree")
    for name in ("going", "changing"):
        shutil.rmtree(tree / name)
    going = line.between.trouble(
        "DELETE /api/file_storage/v1/~/Ubuntu%20One/tree/going?recursive=false ",
        *(UP, 0),
        lambda: line.bare.store(tree__going__new=b"came meanwhile"),
        cuts=False,
    )
    changing = line.between.trouble(
        "POST /api/file_storage/v1/batch ",
        *(UP, 0),
        lambda: line.bare.store(tree__changing__c=b"changed meanwhile"),
        cuts=False,
    )
    sync = line.start("sync", "--delete", str(tree), "Ubuntu One/tree")
    assert sync.wait(90) == 6, sync.output
    assert going.happened.is_set()
    assert changing.happened.is_set()
    assert line.bare.done("cat", "Ubuntu One/tree/going/new") == "came meanwhile"
    assert line.bare.done("cat", "Ubuntu One/tree/changing/c") == "changed meanwhile"
    assert line.bare.done("ls", "Ubuntu One/tree/going") == "new\n"
