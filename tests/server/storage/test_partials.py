"""One contract for every store of unfinished uploads: leased by one, promised bytes stay."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.object_store import ObjectStore
from tests.server.rig import FixedClock
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.storage.blobs.bucket import Bucket
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.blobs.object_store import ObjectBlobs
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.contents import MAX_INLINE_BYTES
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata import uploads as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import accounts
from u1tray.server.storage.partials.opening import open_partials
from u1tray.server.storage.partials.parts import LEASE_S, StoredPartials
from u1tray.server.storage.partials.protocol import LeasedError, Partials
from u1tray.server.uploads.values import Upload

pytestmark = pytest.mark.end2end

ID = "an-upload_1"
DATA = os.urandom(3_000_000)


class Store:
    """A store of partials, opened as often as a test says."""

    def __init__(self, blobs: Blobs, database: Database, *, as_parts: bool) -> None:
        self.blobs = blobs
        self.clock = FixedClock()
        self._database = database
        self._as_parts = as_parts

    def open(self) -> Partials:
        """As another process would."""
        if self._as_parts:
            return StoredPartials(self.blobs, self._database, self.clock)
        return open_partials(self.blobs, self._database, self.clock)


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    """One with an account and an upload."""
    opened, _ = open_directory(data, {}, create=True)
    with opened.writing() as connection:
        values = dict.fromkeys(("email", "email_key", "visible_name", "password_hash"), "x")
        connection.execute(
            accounts.insert().values(
                id=1,
                consumer_key="k",
                sealed_consumer_secret=b"",
                state="active",
                created_at=0,
                **values,
            )
        )
        upload = Upload(ID, 1, "~/Docs/a", Preconditions(), len(DATA), 0, 1e10)
        rows.add(connection, upload, 0.0)
    yield opened
    opened.close()


@pytest.fixture(params=["folder", "parts in a folder", "object store"])
def place(request: pytest.FixtureRequest, home: Path, database: Database) -> Store:
    if request.param == "object store":
        objects: ObjectStore = request.getfixturevalue("store")
        blobs: Blobs = ObjectBlobs(Bucket(objects.address(), objects.access()))
    else:
        blobs = FolderBlobs(home / "contents")
    return Store(blobs, database, as_parts=request.param == "parts in a folder")


def append(partials: Partials, offset: int, data: bytes) -> None:
    leased = partials.lease(ID)
    leased.begin(offset)
    leased.write([data[:7], data[7:]])
    leased.sync()
    leased.work_ahead(offset + len(data))
    leased.release()


@pytest.mark.parametrize("size", [1, MAX_INLINE_BYTES, MAX_INLINE_BYTES + 1, len(DATA)])
def test_pieces_become_a_content(place: Store, size: int) -> None:
    """With the three hashes; small ones as bytes, the others as a blob."""
    data = DATA[:size]
    for offset, end in ((0, size // 3), (size // 3, size // 2), (size // 2, size)):
        append(place.open(), offset, data[offset:end])
    partials = place.open()
    leased = partials.lease(ID)
    leased.begin(size)
    received = leased.finish(size)
    leased.release()
    fingerprint = received.fingerprint
    assert fingerprint.sha256 == hashlib.sha256(data).digest()
    assert fingerprint.sha1 == hashlib.sha1(data).digest()
    assert fingerprint.magic == hashlib.sha1(b"Ubuntu One" + data).digest()
    assert fingerprint.size == size
    if size <= MAX_INLINE_BYTES:
        assert received.data == data
    else:
        assert received.data is None
        assert b"".join(place.blobs.read(fingerprint.sha256)) == data
    partials.discard(ID)
    assert list(partials.all()) == []


def test_leased_upload_is_nobody_elses(place: Store) -> None:
    """In this process or another, until it is released."""
    partials = place.open()
    leased = partials.lease(ID)
    for other in (partials, place.open()):
        with pytest.raises(LeasedError):
            other.lease(ID)
    leased.release()
    place.open().lease(ID).release()


def test_stored_blob_never_changes(place: Store) -> None:
    """When the commit failed, the last byte is sent again, perhaps another one."""
    append(place.open(), 0, DATA)
    leased = place.open().lease(ID)
    leased.begin(len(DATA))
    first = leased.finish(len(DATA)).fingerprint.sha256
    leased.release()
    leased = place.open().lease(ID)
    leased.begin(len(DATA) - 1)
    other = DATA[:-1] + bytes([DATA[-1] ^ 1])
    leased.write([other[-1:]])
    leased.sync()
    second = leased.finish(len(DATA)).fingerprint.sha256
    leased.release()
    assert second == hashlib.sha256(other).digest()
    assert b"".join(place.blobs.read(first)) == DATA
    assert b"".join(place.blobs.read(second)) == other


def test_what_was_not_promised_is_replaced(place: Store) -> None:
    """A killed process may have written more than it promised."""
    append(place.open(), 0, DATA[:1_000_000])
    leased = place.open().lease(ID)
    leased.begin(1_000_000)
    leased.write([b"x" * 900_000])
    leased.sync()
    leased.release()
    append(place.open(), 1_000_000, DATA[1_000_000:1_500_000])
    append(place.open(), 1_500_000, DATA[1_500_000:])
    leased = place.open().lease(ID)
    leased.begin(len(DATA))
    assert leased.finish(len(DATA)).fingerprint.sha256 == hashlib.sha256(DATA).digest()
    leased.release()


def test_missing_bytes_are_noticed(place: Store) -> None:
    """Restored from a backup without them, for example."""
    partials = place.open()
    assert partials.reaches(ID, 0)
    assert not partials.reaches(ID, 1)
    append(partials, 0, DATA[:100_000])
    assert partials.reaches(ID, 100_000)
    assert not partials.reaches(ID, 100_001)
    leased = partials.lease(ID)
    with pytest.raises(FileNotFoundError):
        leased.begin(100_001)
    with pytest.raises(FileNotFoundError):
        leased.finish(100_001)
    leased.release()
    partials.discard(ID)
    partials.discard(ID)
    assert not partials.reaches(ID, 100_000)


def test_lease_passes_on_when_it_is_not_prolonged(home: Path, database: Database) -> None:
    """A killed or stalled server holds an object store's upload for some seconds only."""
    place = Store(FolderBlobs(home / "contents"), database, as_parts=True)
    first = place.open().lease(ID)
    first.begin(0)
    place.clock.moment += LEASE_S - 1
    first.write([DATA[:10]])  # prolongs
    place.clock.moment += LEASE_S - 1
    with pytest.raises(LeasedError):
        place.open().lease(ID)
    place.clock.moment += 1
    second = place.open().lease(ID)
    with pytest.raises(LeasedError):
        first.sync()
    first.release()
    with pytest.raises(LeasedError):
        place.open().lease(ID)
    second.release()
    place.open().lease(ID).release()
