"""Full batches are worked on portion by portion: little is in memory, nobody waits in a circle."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.server import databases
from tests.server.api.packed import Item, download, put, upload
from tests.server.files.client import Files
from tests.server.rig import Running
from u1tray.server.api.batch.gathered import Gathered
from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES
from u1tray.server.api.batch.puts import PORTION_BYTES, PutOperation, Puts
from u1tray.server.api.spool import MAX_MEMORY_BYTES
from u1tray.server.files.values import Brought
from u1tray.server.messages.response import FilePart
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.contents import MAX_INLINE_BYTES
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.hashing import fingerprint_of
from u1tray.server.storage.metadata import contents
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.credentials import Credentials

SECONDS = 60.0
MEDIUM = MAX_INLINE_BYTES + 1


def operations(*sizes: int) -> list[PutOperation]:
    return [PutOperation(str(n), f"/~/Docs/{n}", {}, size) for n, size in enumerate(sizes)]


@pytest.mark.core
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), []),
        ((0,), [1]),
        ((0,) * 251, [250, 1]),
        ((PORTION_BYTES // 2,) * 5, [2, 2, 1]),
        ((1, PORTION_BYTES, 1), [1, 1, 1]),
        ((PORTION_BYTES + 1, 1), [1, 1]),
    ],
)
def test_portions_are_small_and_in_order(sizes: tuple[int, ...], expected: list[int]) -> None:
    """By bytes and by number; a portion has one operation at least."""
    every = operations(*sizes)
    portions = list(Puts(every, stops=False).portions())
    assert [len(portion) for portion in portions] == expected
    assert [one for portion in portions for one in portion] == every


@pytest.mark.core
@pytest.mark.parametrize("size", [10, 100_000])
def test_what_is_kept_moves_up(home: Path, size: int) -> None:
    """In memory as in a file; the answer is the line and the contents that were kept."""
    pieces = [os.urandom(size) for _ in range(6)]
    gathered = Gathered(6 * size, home)
    for number in (3, 0, 5, 4, 1):
        gathered.put([(number * size, pieces[number])])
    kept = (1, 3, 4, 5)
    gathered.keep_only([(number * size, size) for number in kept])
    response = gathered.response(b"line\n")
    expected = b"".join(pieces[number] for number in kept)
    part = response.part
    if part is None:
        assert 4 * size <= MAX_MEMORY_BYTES
        assert response.body == b"line\n" + expected
    else:
        assert isinstance(part, FilePart)
        with part.file:
            part.file.seek(part.offset)
            assert part.head + part.file.read(part.count) == b"line\n" + expected


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """An account with a volume ~/Docs."""
    made = Files(running, ana)
    await made.volume("PUT", "~/Docs")
    return made


def medium(count: int) -> list[Item]:
    """Contents that become blobs."""
    return [put(f"/~/Docs/{n}", os.urandom(MEDIUM), id=str(n)) for n in range(count)]


@pytest.mark.end2end
async def test_one_lost_content_of_many_is_left_out(files: Files) -> None:
    """500 for it; those behind it are whole, though they lie elsewhere in the answer (16.8)."""
    items = medium(20)
    await upload(files, *items)
    lost = {3, 4, 17}
    for number in lost:
        digest = hashlib.sha256(items[number][1]).digest()
        files.running.cloud.contents.blobs.delete(digest)
    found = await download(files, *({"path": path} for path, _, _ in items))
    assert [one["status"] for one in found] == [500 if n in lost else 200 for n in range(20)]
    for (_, data, _), one in zip(items, found, strict=True):
        assert one.get("data", data) == data


@pytest.mark.end2end
async def test_contents_of_a_download_are_read_at_once(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each takes its time, as in an object store, they take it together."""
    items = medium(4)
    await upload(files, *items)
    together = threading.Barrier(len(items))
    read = FolderBlobs.read

    def slow(self: FolderBlobs, *where: Any) -> Iterator[bytes]:
        together.wait(SECONDS)  # one after the other, nobody would come to the second
        return read(self, *where)

    monkeypatch.setattr(FolderBlobs, "read", slow)
    found = await download(files, *({"path": path} for path, _, _ in items))
    assert [one["data"] for one in found] == [data for _, data, _ in items]


@pytest.mark.end2end
async def test_more_full_batches_at_once_than_there_is_room_for(files: Files) -> None:
    """All are answered, up and down; who waits for room holds none."""
    size, count = MAX_CONTENT_BYTES, MAX_BYTES // MAX_CONTENT_BYTES
    batches = [
        [put(f"/~/Docs/{batch}/{n}", os.urandom(size)) for n in range(count)] for batch in range(5)
    ]
    done = await asyncio.gather(*(upload(files, *batch) for batch in batches))
    assert {one["status"] for results in done for one in results} == {201}
    found = await asyncio.gather(
        *(download(files, *({"path": path} for path, _, _ in batch)) for batch in batches)
    )
    for batch, results in zip(batches, found, strict=True):
        assert [one["data"] for one in results] == [data for _, data, _ in batch]


@pytest.mark.end2end
async def test_upload_that_stops_reads_no_further(files: Files) -> None:
    """All of the portions behind the failure are 424 `skipped` (16.8)."""
    items = [put("/~/None/x", b"x"), *medium(40)]
    results = await upload(files, *items, stop_on_error=True)
    assert [one["status"] for one in results] == [404, *[424] * 40]
    assert await files.names("~/Docs") == []


@pytest.mark.end2end
async def test_portion_that_cannot_be_read_shifts_no_other(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails in the middle of a read: 503 for these, and each other its own bytes."""
    size = MAX_CONTENT_BYTES
    each = PORTION_BYTES // size
    items = [put(f"/~/Docs/{n:02}", os.urandom(size)) for n in range(3 * each)]
    read = tempfile.SpooledTemporaryFile.read
    failing = iter((False, True, False))

    def failing_once(file: Any, *count: int) -> Any:
        if next(failing):
            read(file, 1000)
            raise OSError(errno.EIO, "I/O error")
        return read(file, *count)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "read", failing_once)
    results = await upload(files, *items)
    assert [one["status"] for one in results] == [201] * each + [503] * each + [201] * each
    for n in (*range(each), *range(2 * each, 3 * each)):
        reply = await files.content("GET", f"~/Docs/{n:02}")
        assert reply.body == items[n][1]


@pytest.fixture
def database(data: Path, postgres_url: str) -> Iterator[Database]:
    """One that has many writers."""
    address = parse_database_url(postgres_url)
    found, _ = open_directory(data, {}, create=True, database_url=address)
    yield found
    found.close()


def brought(*names: str) -> list[Brought]:
    """Contents whose SHA-256 are in the order of the names."""
    return [by_name(name) for name in names]


def by_name(name: str) -> Brought:
    data = next(
        data
        for data in (f"{name}{number}".encode() for number in range(10**6))
        if hashlib.sha256(data).hexdigest()[0] == name
    )
    return fingerprint_of(data), data


@pytest.mark.core
def test_contents_are_taken_in_one_order(database: Database, postgres_url: str) -> None:
    """Who waits for one has taken none that comes behind it, in whatever order they were named."""
    one, other = brought("b")[0], brought("c")[0]
    waiter = threading.Thread(target=_add, args=(database, brought("c", "b", "a")))
    with database.writing() as first:
        contents.add_many(first, [one], 0.0)
        waiter.start()
        _until_somebody_waits(postgres_url)
        with database.writing() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = 5000")
            _, new = contents.add_many(second, [other], 0.0)
            assert len(new) == 1
    waiter.join(SECONDS)
    assert not waiter.is_alive()
    with database.reading() as connection:
        for fingerprint, data in brought("a", "b", "c"):
            found = contents.by_sha256(connection, fingerprint.sha256)
            assert found is not None
            assert contents.small_data(connection, found.id) == data


def _add(database: Database, given: list[Brought]) -> None:
    with database.writing() as connection:
        contents.add_many(connection, given, 0.0)


def _until_somebody_waits(url: str) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(int(SECONDS / 0.02)):
            row = connection.execute(waiting).fetchone()
            if row is not None and row[0]:
                return
            connection.execute("SELECT pg_sleep(0.02)")
    raise AssertionError("nobody waits")


@pytest.mark.core
@databases.both
def test_contents_of_what_was_refused_are_taken_back(data: Path, database_url: str | None) -> None:
    """Only those that are new: what was there before stays."""
    address = None if database_url is None else parse_database_url(database_url)
    database, _ = open_directory(data, {}, create=True, database_url=address)
    old, new = brought("a", "b")
    try:
        _add(database, [old])
        with database.writing() as connection:
            found, added = contents.add_many(connection, [new, old, new], 0.0)
            assert set(found) == {old[0].sha256, new[0].sha256}
            assert added == {found[new[0].sha256].id}
            contents.remove_new(connection, added)
        with database.reading() as connection:
            assert contents.by_sha256(connection, new[0].sha256) is None
            kept = contents.by_sha256(connection, old[0].sha256)
            assert kept == found[old[0].sha256]
    finally:
        database.close()


@pytest.mark.end2end
@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_same_new_contents_in_opposite_orders_do_not_deadlock(
    running: Running, ana: Credentials, postgres_url: str
) -> None:
    """Two batches of two accounts, again and again: the database never has to end one."""
    account = await running.add_account("bob@example.com", "Bob")
    both = (Files(running, ana), Files(running, (await running.add_token(account))[0]))
    for number in range(8):
        items = [put(f"/~/Ubuntu One/{number}/{n}", os.urandom(100)) for n in range(200)]
        done = await asyncio.gather(
            *(upload(one, *order) for one, order in zip(both, (items, items[::-1]), strict=True))
        )
        assert {one["status"] for results in done for one in results} == {201}
    assert await asyncio.to_thread(_deadlocks, running, postgres_url) == 0


def _deadlocks(running: Running, url: str) -> int:
    database = running.cloud.workers.database
    with database.writing() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
