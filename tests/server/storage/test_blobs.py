"""One contract for every store of blobs: stored once, durably, and nothing half."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.object_store import ObjectStore
from tests.rig.processes import wait_until
from u1tray.server.storage.blobs.bucket import PART_BYTES, Bucket
from u1tray.server.storage.blobs.folder import ABANDONED_AFTER_S, FolderBlobs
from u1tray.server.storage.blobs.object_store import ObjectBlobs
from u1tray.server.storage.blobs.protocol import Blobs, Part

pytestmark = pytest.mark.end2end

LARGE = os.urandom(1024 * 1024) * 20 + b"end"  # more than two parts of an object
assert len(LARGE) > 2 * PART_BYTES


@pytest.fixture
def folder(home: Path) -> FolderBlobs:
    return FolderBlobs(home / "contents")


@pytest.fixture(params=["folder", "object store"])
def blobs(request: pytest.FixtureRequest) -> Iterator[Blobs]:
    if request.param == "folder":
        yield request.getfixturevalue("folder")
    else:
        yield objects_of(request.getfixturevalue("store"))


def objects_of(store: ObjectStore) -> ObjectBlobs:
    return ObjectBlobs(Bucket(store.address(), store.access()))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def keep(blobs: Blobs, *parts: bytes) -> bytes:
    writer = blobs.writer()
    for part in parts:
        writer.write(part)
    digest = sha256(b"".join(parts))
    writer.keep(digest)
    return digest


def pieces_of(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1_000_000] for at in range(0, len(data), 1_000_000))


def test_kept_blob_is_read_again(blobs: Blobs) -> None:
    """Whole and in ranges, small and large."""
    for data in (b"one two", LARGE):
        digest = keep(blobs, *pieces_of(data))
        assert b"".join(blobs.read(digest)) == data
        assert b"".join(blobs.read(digest, 4)) == data[4:]
        assert b"".join(blobs.read(digest, 2, 3)) == data[2:5]
        assert b"".join(blobs.read(digest, 0, 0)) == b""
    assert (
        b"".join(blobs.read(digest, PART_BYTES - 5, PART_BYTES))
        == (LARGE[PART_BYTES - 5 : 2 * PART_BYTES - 5])
    )


def test_blobs_are_found_and_listed(blobs: Blobs) -> None:
    """With size and time; what is not there is None."""
    before = time.time()
    stored = {keep(blobs, data): len(data) for data in (b"", b"a", b"bb", LARGE)}
    listed = {info.sha256: info for info in blobs.all()}
    assert {digest: info.size for digest, info in listed.items()} == stored
    for digest, info in listed.items():
        found = blobs.find(digest)
        assert found is not None
        assert (found.sha256, found.size) == (info.sha256, info.size)
        assert before - 2 <= found.stored_at <= time.time() + 2
    assert blobs.find(sha256(b"another")) is None


def test_missing_blob_is_not_found(blobs: Blobs) -> None:
    """FileNotFoundError, for files and pieces."""
    with pytest.raises(FileNotFoundError):
        list(blobs.read(sha256(b"x")))
    with pytest.raises(FileNotFoundError):
        list(blobs.read(sha256(b"x"), 0, 1))
    with pytest.raises(FileNotFoundError):
        blobs.file(sha256(b"x")) or list(blobs.read(sha256(b"x")))


def test_deleted_blob_is_gone(blobs: Blobs) -> None:
    """Twice does no harm, and it can be stored again."""
    digest = keep(blobs, b"x")
    for _ in range(2):
        blobs.delete(digest)
    assert (blobs.find(digest), list(blobs.all())) == (None, [])
    keep(blobs, b"x")
    assert b"".join(blobs.read(digest)) == b"x"


def test_same_blob_is_stored_once(blobs: Blobs) -> None:
    """Whoever comes second stores the same."""
    digests = {keep(blobs, LARGE), keep(blobs, LARGE)}
    assert [info.sha256 for info in blobs.all()] == list(digests)


@pytest.mark.parametrize("size", [1, len(LARGE)])
def test_discarded_blob_leaves_nothing(blobs: Blobs, size: int) -> None:
    """Twice does no harm; nothing was seen of it before it was kept."""
    writer = blobs.writer()
    for piece in pieces_of(LARGE[:size]):
        writer.write(piece)
    assert list(blobs.all()) == []
    writer.discard()
    writer.discard()
    assert list(blobs.all()) == []
    assert blobs.clean_up(time.time() + 60) == 0


def test_abandoned_writer_is_cleaned_up(blobs: Blobs, request: pytest.FixtureRequest) -> None:
    """Of a server that was killed; younger ones may belong to another process."""
    if isinstance(blobs, FolderBlobs):
        blobs.writer().write(b"x")
    else:
        store = request.getfixturevalue("store")
        Bucket(store.address(), store.access()).put("incoming/abandoned", b"x")
    assert blobs.clean_up(time.time() - 60) == 0
    assert blobs.clean_up(time.time() + 60) == 1
    assert blobs.clean_up(time.time() + 60) == 0


def test_parts_of_uploads_are_kept(blobs: Blobs) -> None:
    """In the order of their offsets; one of the same offset replaces the former."""
    for upload, offset, data in (
        ("one", 3, b"wrong"),
        ("one", 0, b"abc"),
        ("one", 3, LARGE),
        ("two_-2", 0, b"x"),
    ):
        writer = blobs.part_writer(upload, offset)
        for piece in pieces_of(data):
            writer.write(piece)
        writer.keep()
    assert blobs.parts("one") == [Part(0, 3), Part(3, len(LARGE))]
    assert b"".join(b"".join(blobs.read_part("one", at)) for at in (0, 3)) == b"abc" + LARGE
    assert sorted(blobs.open_uploads()) == ["one", "two_-2"]
    for _ in range(2):
        blobs.delete_parts("one")
    assert (blobs.parts("one"), list(blobs.open_uploads())) == ([], ["two_-2"])
    with pytest.raises(FileNotFoundError):
        list(blobs.read_part("one", 0))
    assert list(blobs.all()) == []


def test_discarded_part_leaves_nothing(blobs: Blobs) -> None:
    """As if it had not been begun."""
    writer = blobs.part_writer("one", 0)
    writer.write(b"x")
    writer.discard()
    assert blobs.parts("one") == []


def test_store_that_works_says_so(blobs: Blobs) -> None:
    """And leaves nothing behind."""
    blobs.probe()
    assert (list(blobs.all()), blobs.clean_up(time.time() + 60)) == ([], 0)


def test_folder_opens_files_for_their_owner_only(folder: FolderBlobs, home: Path) -> None:
    """Under the hash; for sendfile."""
    digest = keep(folder, b"one ", b"two")
    file = folder.file(digest)
    assert file is not None
    with file:
        assert file.read() == b"one two"
    (path,) = (path for path in (home / "contents").rglob("*") if path.is_file())
    assert path.relative_to(home).parts[1:3] == (digest.hex()[:2], digest.hex()[2:4])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_blob_of_a_folder_is_young_again_when_it_is_stored_again(folder: FolderBlobs) -> None:
    """So that whoever collects old orphans leaves one alone that is named just now."""
    digest = keep(folder, b"same")
    os.utime(folder.path(digest), (1, 1))
    keep(folder, b"same")
    assert folder.path(digest).stat().st_mtime > 1


@pytest.mark.parametrize("left", [b"", b"sam", b"same and more"])
def test_damaged_blob_of_a_folder_is_replaced_when_it_is_stored_again(
    folder: FolderBlobs, home: Path, left: bytes
) -> None:
    """One of another size is none: what was uploaded to mend it is kept, and nothing beside."""
    digest = keep(folder, b"same")
    folder.path(digest).write_bytes(left)
    keep(folder, b"same")
    assert folder.path(digest).read_bytes() == b"same"
    folder.path(digest).write_bytes(left)
    whole = home / "whole"
    whole.write_bytes(b"same")
    folder.adopt(whole, digest)
    assert folder.path(digest).read_bytes() == whole.read_bytes() == b"same"
    assert list((folder.folder / "incoming").iterdir()) == []


def test_abandoned_files_are_removed_at_the_start(folder: FolderBlobs, home: Path) -> None:
    """Of a server that was killed."""
    folder.writer().write(b"x")
    (file,) = (home / "contents" / "incoming").iterdir()
    FolderBlobs(home / "contents")
    assert file.exists()
    old = time.time() - ABANDONED_AFTER_S - 60
    os.utime(file, (old, old))
    FolderBlobs(home / "contents")
    assert not file.exists()


def test_discarded_large_object_gives_its_parts_up(store: ObjectStore) -> None:
    """No multipart upload stays open, whose parts would be kept, unseen, for ever."""
    writer = objects_of(store).writer()
    for piece in pieces_of(LARGE):
        writer.write(piece)
    writer.discard()
    assert (store.unfinished(), store.keys()) == ([], [])


def test_parts_that_a_killed_server_left_are_given_up(store: ObjectStore) -> None:
    """Only old ones, and only ours: others may use the bucket too."""
    blobs = objects_of(store)
    writers = [blobs.writer(), blobs.writer()]
    for writer in writers:
        for piece in pieces_of(LARGE):
            writer.write(piece)
    others = objects_of(store.fresh()).writer()
    for piece in pieces_of(LARGE):
        others.write(piece)
    wait_until(lambda: len(store.unfinished()) == 2, 60, "uploads under way")
    assert blobs.clean_up(1e9) == 0  # moto says of all that they were begun in 2010
    assert blobs.clean_up(time.time() + 60) == 2
    assert store.unfinished() == []
    others.keep(sha256(LARGE))
    for writer in writers:
        writer.discard()


def test_objects_lie_below_the_prefix(store: ObjectStore) -> None:
    """Several clouds may share a bucket; nothing is left of the way in."""
    digest = keep(objects_of(store), LARGE)
    assert store.keys() == [f"blobs/{digest.hex()}"]
