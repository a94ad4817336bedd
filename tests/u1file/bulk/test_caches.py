"""What is remembered between runs: hashes of files, and uploads that were begun."""

from __future__ import annotations

import os
import stat

import pytest

from u1tray.u1file.bulk import memory
from u1tray.u1file.bulk.hashes import Hashes
from u1tray.u1file.bulk.local_tree import local_file
from u1tray.u1file.bulk.memory import Memory

pytestmark = pytest.mark.core

SHA1 = "sha1:" + "a" * 40
LONG_AGO_NS = 1_500_000_000_000_000_001


@pytest.fixture
def file(tmp_path):
    place = tmp_path / os.fsdecode(b"caf\xe9")
    place.write_text("one")
    os.utime(place, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return place


def test_hash_is_known_until_the_file_changes(tmp_path, file):
    """By size, time in nanoseconds and inode; names need not be UTF-8."""
    folder, name = str(tmp_path), file.name
    first = Hashes(tmp_path / "cache/hashes")
    first.remember([(folder, local_file(str(file)), SHA1)])
    first.close()
    again = Hashes(tmp_path / "cache/hashes")
    assert again.known(folder, [local_file(str(file))]) == {name: SHA1}
    os.utime(file, ns=(LONG_AGO_NS + 1, LONG_AGO_NS + 1))
    assert again.known(folder, [local_file(str(file))]) == {}
    os.utime(file, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert again.known(folder, [local_file(str(file))]) == {name: SHA1}
    other = tmp_path / "other"
    other.write_text("two")
    os.utime(other, ns=(LONG_AGO_NS, LONG_AGO_NS))
    os.replace(other, file)
    assert again.known(folder, [local_file(str(file))]) == {}
    again.close()


def test_hash_of_a_file_written_just_now_is_not_remembered(tmp_path):
    """It may change again within the same tick of the clock."""
    place = tmp_path / "young"
    hashes = Hashes(tmp_path / "hashes")
    place.write_text("one")
    hashes.remember([(str(tmp_path), local_file(str(place)), SHA1)])
    assert hashes.known(str(tmp_path), [local_file(str(place))]) == {}
    hashes.close()


def test_damaged_cache_is_given_up(tmp_path, file):
    """A cache is never a reason to fail."""
    (tmp_path / "hashes").write_bytes(b"no database" * 1000)
    hashes = Hashes(tmp_path / "hashes")
    hashes.remember([(str(tmp_path), local_file(str(file)), SHA1)])
    assert hashes.known(str(tmp_path), [local_file(str(file))]) == {}
    hashes.close()


def test_begun_upload_is_found_by_all_that_makes_it(monkeypatch, tmp_path):
    """16.3: cloud, account, target, file, size and time; private, and forgotten when it is over."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    begun = "http://localhost/api/file_storage/v1/uploads/x"
    Memory("cloud", "account", "/~/D/a", "/home/a", 1, 2).keep(begun)
    assert Memory("cloud", "account", "/~/D/a", "/home/a", 1, 2).find() == begun
    for index in range(6):
        other = ["cloud", "account", "/~/D/a", "/home/a", 1, 2]
        other[index] = "else"
        assert Memory(*other).find() == ""
    (kept,) = memory.directory().iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text("{")
    assert Memory("cloud", "account", "/~/D/a", "/home/a", 1, 2).find() == ""
    Memory("cloud", "account", "/~/D/a", "/home/a", 1, 2).forget()
    assert list(memory.directory().iterdir()) == []


def test_uploads_the_cloud_has_forgotten_are_forgotten_here(monkeypatch, tmp_path):
    """16.3: seven days after the last byte."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    Memory("old").keep("u")
    (old,) = memory.directory().iterdir()
    os.utime(old, (1e9, 1e9))
    Memory("new").keep("u")
    assert not old.exists()
    assert Memory("new").find() == "u"
