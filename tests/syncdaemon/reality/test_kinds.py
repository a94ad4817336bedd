"""What is no plain file: left alone, or kept as it is; and plain files of odd making."""

from __future__ import annotations

import os
import socket

import pytest

from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus


def _link_to_file(folder):
    (folder / "odd").symlink_to("plain")


def _link_to_directory(folder):
    (folder / "odd").symlink_to("/etc")


def _loop(folder):
    (folder / "odd").symlink_to(".")


def _dangling(folder):
    (folder / "odd").symlink_to("nothing")


def _fifo(folder):
    os.mkfifo(folder / "odd")


def _socket(folder):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "odd"))


ODD = (_link_to_file, _link_to_directory, _loop, _dangling, _fifo, _socket)


def _as_it_is(path):
    """All but when it was last looked at."""
    found = os.lstat(path)
    return found.st_ino, found.st_mode, found.st_nlink, found.st_size, found.st_mtime_ns


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__.strip("_"))
def test_what_is_no_file_is_left_alone(pair, box, make):
    """Links and special files are never followed or synced, and stay as they are."""
    folder = pair.here.folder / box
    (folder / "plain").write_bytes(b"1")
    make(folder)
    before = _as_it_is(folder / "odd")
    assert pair.settle(box) == {b"plain": sha1(b"1")}
    assert _as_it_is(folder / "odd") == before
    assert pair.here.explain(folder / "odd")["state"] == "ignored"


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__.strip("_"))
def test_what_takes_the_place_of_a_file_deletes_nothing(pair, box, make):
    """A synced file becomes a link or a pipe: the other computer keeps the file."""
    folder = pair.here.folder / box
    (folder / "odd").write_bytes(b"kept")
    (folder / "plain").write_bytes(b"1")
    pair.settle(box)
    (folder / "odd").unlink()
    make(folder)
    (folder / "plain").write_bytes(b"2")
    there = pair.there.folder / box
    pair.until(lambda: (there / "plain").read_bytes() == b"2", "the other change")
    assert (there / "odd").read_bytes() == b"kept"
    (folder / "odd").unlink()
    (folder / "odd").write_bytes(b"a file again")
    assert pair.settle(box)[b"odd"] == sha1(b"a file again")


def test_hard_links_are_files_of_their_own(pair, box):
    """Several names of one file; written through one, both come across."""
    folder = pair.here.folder / box
    (folder / "a").write_bytes(b"1")
    (folder / "b").hardlink_to(folder / "a")
    assert pair.settle(box) == {b"a": sha1(b"1"), b"b": sha1(b"1")}
    (folder / "a").write_bytes(b"both")
    (folder / "sub").mkdir()
    (folder / "sub/c").hardlink_to(folder / "b")
    assert pair.settle(box) == {
        b"a": sha1(b"both"), b"b": sha1(b"both"), b"sub": None, b"sub/c": sha1(b"both")
    }  # fmt: skip
    # The file leaves one name for two at once.
    (folder / "d").hardlink_to(folder / "a")
    (folder / "e").hardlink_to(folder / "a")
    (folder / "a").unlink()
    (pair.there.folder / box / "b").write_bytes(b"from there")
    found = pair.settle(box)
    assert {found[b"d"], found[b"e"], found[b"sub/c"]} == {sha1(b"both")}
    assert found[b"b"] == sha1(b"from there")
    assert b"a" not in found


def test_sparse_file_comes_across(pair, box):
    """Holes are read as zeros."""
    with (pair.here.folder / box / "sparse").open("wb") as file:
        file.truncate(5_000_000)
        file.seek(2_500_000)
        file.write(b"in the middle")
    expected = bytes(2_500_000) + b"in the middle" + bytes(5_000_000 - 2_500_013)
    assert pair.settle(box) == {b"sparse": sha1(expected)}


def test_rights_stay_what_they_are(pair, box):
    """An edit from elsewhere keeps the rights of the file it replaces."""
    here, there = (one.folder / box / "run.sh" for one in pair.both)
    here.write_bytes(b"1")
    here.chmod(0o750)
    pair.settle(box)
    there.write_bytes(b"2")
    assert pair.settle(box) == {b"run.sh": sha1(b"2")}
    assert here.stat().st_mode & 0o777 == 0o750


def test_unreadable_file_and_folder_wait_for_the_right_to_be_read(pair, box):
    """What may not be read deletes nothing and stops nothing; later it is synced."""
    folder, there = (one.folder / box for one in pair.both)
    (folder / "seen").mkdir()
    (folder / "seen/in").write_bytes(b"1")
    (folder / "seen.txt").write_bytes(b"1")
    pair.settle(box)
    (folder / "new.txt").write_bytes(b"secret")
    (folder / "new.txt").chmod(0)
    (folder / "seen.txt").chmod(0)
    (folder / "seen").chmod(0)
    (folder / "plain").write_bytes(b"2")
    pair.until((there / "plain").exists, "the plain file")
    assert (there / "seen/in").read_bytes() == b"1"
    assert (there / "seen.txt").read_bytes() == b"1"
    dark = {str(folder / name) for name in ("new.txt", "seen.txt", "seen")}
    pair.until(lambda: dark == {one["path"] for one in pair.here.own("troubles")}, "what is told")
    assert pair.here.own("summary")["troubles"] == "3"
    for name in ("new.txt", "seen.txt", "seen", "seen/in"):
        assert pair.here.explain(folder / name)["state"] == "unreadable"
    (there / "seen/there").write_bytes(b"3")
    (folder / "seen").chmod(0o700)
    (folder / "seen.txt").chmod(0o600)
    (folder / "new.txt").chmod(0o600)
    assert pair.settle(box) == {
        b"seen": None,
        b"seen/in": sha1(b"1"),
        b"seen/there": sha1(b"3"),
        b"seen.txt": sha1(b"1"),
        b"new.txt": sha1(b"secret"),
        b"plain": sha1(b"2"),
    }
    pair.until(lambda: pair.here.own("troubles") == [], "nothing is in the way")
    assert pair.here.explain(folder / "seen/in")["state"] == "in sync"


def test_folder_that_may_not_be_written_waits_for_the_right(pair, box):
    """A download into a read-only folder waits, and comes."""
    folder, there = (one.folder / box for one in pair.both)
    (folder / "d").mkdir()
    pair.settle(box)
    (folder / "d").chmod(0o500)
    (there / "d/new").write_bytes(b"1")
    pair.until(lambda: pair.here.own("troubles"), "the trouble")
    (folder / "d").chmod(0o700)
    assert pair.settle(box) == {b"d": None, b"d/new": sha1(b"1")}


def test_rules_for_what_is_synced_keep_it_synced(pair, box):
    """.u1ignore appears for synced files: as with git, they stay; new ones are left."""
    folder, there = (one.folder / box for one in pair.both)
    (folder / "old.log").write_bytes(b"1")
    (folder / "logs").mkdir()
    (folder / "logs/old").write_bytes(b"1")
    pair.settle(box)
    (folder / ".u1ignore").write_text("*.log\nlogs/\n")
    pair.until((there / ".u1ignore").exists, "the rules")
    (folder / "new.log").write_bytes(b"left")
    (folder / "old.log").write_bytes(b"2")
    (folder / "new.txt").write_bytes(b"3")
    pair.until((there / "new.txt").exists, "the other file")
    pair.until(lambda: (there / "old.log").read_bytes() == b"2", "the synced one")
    assert not (there / "new.log").exists()
    assert (there / "logs/old").read_bytes() == b"1"
    (folder / ".u1ignore").unlink()
    assert pair.settle(box)[b"new.log"] == sha1(b"left")
