"""Files that change while they travel, connections that die, programs that pause and wake."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus

MANY = 500
LARGE = 20_000_000


def _on_its_way(computer, what):
    return lambda: computer.transfers(what)


def test_file_deleted_while_it_goes_up_is_gone_everywhere(pair, box):
    """Deletion during upload."""
    path = pair.here.folder / box / "large.bin"
    path.write_bytes(os.urandom(LARGE))
    pair.until(_on_its_way(pair.here, "current_uploads"), "the upload")
    path.unlink()
    assert pair.settle(box) == {}


def test_file_appended_to_while_it_goes_up_ends_whole(pair, box):
    """Append while uploading."""
    path = pair.here.folder / box / "large.bin"
    data = os.urandom(LARGE)
    path.write_bytes(data)
    pair.until(_on_its_way(pair.here, "current_uploads"), "the upload")
    with path.open("ab") as file:
        file.write(b"and more")
    assert pair.settle(box) == {b"large.bin": sha1(data + b"and more")}


def test_folder_renamed_while_a_file_in_it_travels(pair, box):
    """A rename above what goes up and comes down."""
    folder = pair.here.folder / box
    (folder / "a").mkdir()
    data = os.urandom(LARGE)
    (folder / "a/large.bin").write_bytes(data)
    pair.until(_on_its_way(pair.here, "current_uploads"), "the upload")
    (folder / "a").rename(folder / "b")
    assert pair.settle(box) == {b"b": None, b"b/large.bin": sha1(data)}


def test_replaced_while_it_comes_down_ends_as_the_last(pair, box):
    """The file changes again while the other computer downloads it."""
    here, there = (one.folder / box / "large.bin" for one in pair.both)
    here.write_bytes(os.urandom(LARGE))
    pair.until(_on_its_way(pair.there, "current_downloads"), "the download")
    here.write_bytes(b"short by now")
    assert pair.settle(box) == {b"large.bin": sha1(b"short by now")}
    assert there.read_bytes() == b"short by now"


def test_connection_that_dies_in_sleep_is_made_anew(pair, box):
    """Suspend; the cloud restarts meanwhile, both sides change, the lid opens."""
    here, there = (one.folder / box for one in pair.both)
    (here / "a").write_bytes(b"1")
    pair.settle(box)
    pair.here.suspend()
    (here / "a").write_bytes(b"2")
    (there / "b").write_bytes(b"3")
    pair.cloud.die()
    (there / "c").write_bytes(b"4")
    pair.cloud.serve()
    pair.here.resume()
    for one in pair.both:
        one.connect()
    assert pair.settle(box) == {b"a": sha1(b"2"), b"b": sha1(b"3"), b"c": sha1(b"4")}


def test_paused_nothing_travels_and_resumed_all_does(pair, box):
    """Pause and resume."""
    here, there = (one.folder / box for one in pair.both)
    pair.here.own("pause", "d", 0.0)
    pair.until(lambda: pair.here.status["is_online"] != "True", "the pause")
    (here / "a").write_bytes(b"1")
    (there / "b").write_bytes(b"2")
    assert pair.there.in_sync(60.0)
    assert not (here / "b").exists()
    assert not (there / "a").exists()
    pair.here.own("resume")
    assert pair.settle(box) == {b"a": sha1(b"1"), b"b": sha1(b"2")}


def test_many_small_files_at_once_arrive_and_move_as_one(pair, box):
    """A burst of small files; then their folder is renamed and copied."""
    here, there = (one.folder / box for one in pair.both)
    (here / "many").mkdir()
    for number in range(MANY):
        (here / f"many/{number}").write_bytes(b"%d" % number)
    assert len(pair.settle(box)) == MANY + 1
    inode = (there / "many/7").stat().st_ino
    (here / "many").rename(here / "moved")
    shutil.copytree(here / "moved", here / "copied")
    assert len(pair.settle(box)) == 2 * MANY + 2
    assert (there / "moved/7").stat().st_ino == inode, "downloaded again"


def test_git_repository_that_is_worked_in_stays_whole(pair, box):
    """A checkout with commits, branches and `git gc` while it syncs."""
    here, there = (one.folder / box / "work" for one in pair.both)
    for number in range(MANY):  # or what `git gc` deletes may be the most of all, and be held
        (here.parent / f"{number}").write_bytes(b"%d" % number)

    def git(*words, where=here):
        command = ["git", "-c", "user.name=Ana", "-c", "user.email=ana@example.com", *words]
        return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout

    here.mkdir()
    git("init", "-q", "-b", "main")
    for number in range(12):
        (here / f"{number}.txt").write_text(str(number))
        git("add", ".")
        git("commit", "-q", "-m", str(number))
    git("gc", "-q")
    git("checkout", "-q", "-b", "other", "HEAD~5")
    (here / "other.txt").write_text("other")
    git("add", ".")
    git("commit", "-q", "-m", "other")
    git("gc", "-q", "--prune=now")
    git("checkout", "-q", "main")
    pair.settle(box)
    assert git("fsck", "--full", where=there) == ""
    assert git("log", "--all", "--format=%s", where=there) == git("log", "--all", "--format=%s")
    assert git("status", "--porcelain", where=there) == ""
