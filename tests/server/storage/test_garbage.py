"""The collector of unused contents: removes what it should, and loses nothing that is named."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.rig.fault_proxy import Fault, fault_proxy
from tests.rig.object_store import ObjectStore
from tests.server.databases import both
from tests.server.files.client import Files, hash_of, magic_of
from tests.server.rig import Running, running_cloud
from u1tray.server.files import undo
from u1tray.server.files.operations import Address
from u1tray.server.settings.options import load_settings
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.garbage import Collected, Collector
from u1tray.server.storage.metadata import garbage as rows
from u1tray.server.storage.metadata.schema import accounts
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.end2end

ROOT = "~/Ubuntu One"
SMALL, LARGE = b"s" * 1000, b"L" * 50_000
DAY_S = 86400.0


@pytest.fixture
async def files(running: Running, ana: Any) -> Files:
    return Files(running, ana)


def collector(running: Running, grace_s: float = 0.0, **options: Any) -> Collector:
    cloud = running.cloud
    return Collector(
        cloud.workers.database, cloud.contents.blobs, running.clock, grace_s=grace_s, **options
    )


async def collect(running: Running, grace_s: float = 0.0) -> Collected:
    return await asyncio.to_thread(collector(running, grace_s).collect)


def age(running: Running, data: bytes, seconds: float = 2 * DAY_S) -> None:
    """Make a blob look as if it had been stored long ago."""
    blobs = running.cloud.contents.blobs
    assert isinstance(blobs, FolderBlobs)
    then = time.time() - seconds
    os.utime(blobs.path(hashlib.sha256(data).digest()), (then, then))


def stored(running: Running) -> set[bytes]:
    return {info.sha256 for info in running.cloud.contents.blobs.all()}


@both
async def test_content_without_a_file_is_removed_after_its_grace(files: Files) -> None:
    """Row and blob; the first collection only notes that it is unused."""
    for path, data in (("a", SMALL), ("b", LARGE)):
        await files.put(f"{ROOT}/{path}", data)
        await files.node("DELETE", f"{ROOT}/{path}")
    running = files.running
    assert await collect(running, DAY_S) == Collected(waiting=2, waiting_bytes=51_000)
    running.clock.moment += DAY_S - 1
    assert (await collect(running, DAY_S)).waiting == 2
    assert len(stored(running)) == 1
    running.clock.moment += 1
    assert await collect(running, DAY_S) == Collected(contents=2, content_bytes=51_000)
    assert stored(running) == set()
    assert await collect(running, DAY_S) == Collected()


@both
async def test_content_that_a_file_has_stays(files: Files) -> None:
    """Also when only another account's file has it, or one put back meanwhile (8)."""
    await files.put(f"{ROOT}/a", LARGE)
    await files.put(f"{ROOT}/copy", LARGE)
    await files.put(f"{ROOT}/b", SMALL)
    await files.node("DELETE", f"{ROOT}/a")
    await files.node("DELETE", f"{ROOT}/b")
    await collect(files.running, DAY_S)
    body = {"kind": "file", "hash": hash_of(SMALL), "magic_hash": magic_of(SMALL)}
    await files.put(f"{ROOT}/c", SMALL)
    assert (await files.node("PUT", f"{ROOT}/d", body)).status == 201
    files.running.clock.moment += 2 * DAY_S
    assert await collect(files.running, DAY_S) == Collected()
    assert (await files.content("GET", f"{ROOT}/copy")).body == LARGE
    assert (await files.content("GET", f"{ROOT}/d")).body == SMALL
    # Its time of grace begins anew.
    await files.node("DELETE", f"{ROOT}/c")
    await files.node("DELETE", f"{ROOT}/d")
    assert (await collect(files.running, DAY_S)).waiting == 1


async def test_content_deleted_on_the_web_goes_when_it_cannot_be_brought_back(
    files: Files,
) -> None:
    """Also when nobody deletes anything there again."""
    await files.put(f"{ROOT}/a", LARGE)
    running = files.running

    def work(connection: Connection) -> None:
        account_id = connection.execute(select(accounts.c.id)).scalar_one()
        address = Address(account_id, ("~", "Ubuntu One", "a"))
        undo.delete_node(connection, address, running.clock.now())

    await running.cloud.workers.write(work)
    running.clock.moment += undo.FORGET_S - 1
    assert await collect(running) == Collected()
    running.clock.moment += 1
    assert (await collect(running)).contents == 1
    assert stored(running) == set()


async def test_collection_goes_on_after_the_store_failed(data: Path, store: ObjectStore) -> None:
    """What was not begun is free again at once; what may be deleted yet is taken over later."""
    with fault_proxy(store.port) as proxy:
        settings = load_settings(None, {}, store.options(proxy.url))
        options = {name: getattr(settings, name) for name in store.options()}
        async with running_cloud(data, **options) as running:
            credentials, _ = await running.add_token(await running.add_account())
            files = Files(running, credentials)
            contents = [bytes([number]) * 50_000 for number in range(3)]
            for number, content in enumerate(contents):
                await files.put(f"{ROOT}/d/{number}", content)
            await files.node("DELETE", f"{ROOT}/d")
            proxy.fault = Fault.BUSY
            with pytest.raises(BusyError):
                await collect(running)
            proxy.fault = Fault.NONE
            replies = [
                (await files.content("PUT", f"{ROOT}/{number}", content)).status
                for number, content in enumerate(contents)
            ]
            assert sorted(replies) == [201, 201, 503]
            running.clock.moment += rows.TAKEOVER_AFTER_S
            await collect(running)
            lost = replies.index(503)
            await files.put(f"{ROOT}/{lost}", contents[lost])
            for number, content in enumerate(contents):
                assert (await files.content("GET", f"{ROOT}/{number}")).body == content


@both
async def test_orphan_blob_is_removed_when_it_is_old(files: Files) -> None:
    """One that no row names; a young one may be named any moment."""
    running = files.running
    await files.put(f"{ROOT}/a", LARGE)
    age(running, LARGE)
    for data in (b"old", b"young"):
        writer = running.cloud.contents.blobs.writer()
        writer.write(data)
        writer.keep(hashlib.sha256(data).digest())
    age(running, b"old")
    looked = await asyncio.to_thread(collector(running, DAY_S).look)
    assert looked == Collected(orphans=1, orphan_bytes=3)
    assert len(stored(running)) == 3
    assert await collect(running, DAY_S) == looked
    assert stored(running) == {hashlib.sha256(data).digest() for data in (LARGE, b"young")}


async def test_dry_run_changes_nothing(files: Files) -> None:
    """`look` tells what `collect` would do."""
    await files.put(f"{ROOT}/a", LARGE)
    await files.node("DELETE", f"{ROOT}/a")
    await collect(files.running, DAY_S)
    files.running.clock.moment += DAY_S
    expected = Collected(contents=1, content_bytes=50_000)
    for _ in range(2):
        assert await asyncio.to_thread(collector(files.running, DAY_S).look) == expected
    assert await collect(files.running, DAY_S) == expected


@both
async def test_upload_of_a_blob_that_is_being_deleted_is_busy(files: Files) -> None:
    """503: whether it is there still nobody can tell; afterwards it is stored again (12)."""
    running = files.running
    database = running.cloud.workers.database
    digest = hashlib.sha256(LARGE).digest()
    with database.writing() as connection:
        doomed = rows.doom_orphans(connection, [digest], running.clock.now())
        assert [one.sha256 for one in doomed] == [digest]
    with database.writing() as connection:
        assert rows.doom_orphans(connection, [digest], running.clock.now()) == []
    reply = await files.content("PUT", f"{ROOT}/a", LARGE)
    assert (reply.status, reply.code, reply.header("Retry-After")) == (503, "busy", "1")
    assert (await files.node("GET", f"{ROOT}/a")).status == 404
    with database.writing() as connection:
        rows.note_gone(connection, doomed, running.clock.now())
    assert (await files.content("PUT", f"{ROOT}/a", LARGE)).status == 201
    assert (await files.content("GET", f"{ROOT}/a")).body == LARGE


@both
async def test_upload_outlives_a_killed_collector(files: Files) -> None:
    """Where no other collector runs, it looks itself, as soon as that one deletes no more."""
    running = files.running
    database = running.cloud.workers.database
    digest = hashlib.sha256(LARGE).digest()
    with database.writing() as connection:
        rows.doom_orphans(connection, [digest], running.clock.now())
    running.clock.moment += rows.TAKEOVER_AFTER_S - 1
    assert (await files.content("PUT", f"{ROOT}/a", LARGE)).status == 503
    running.clock.moment += 1
    with database.writing() as connection, pytest.raises(BusyError):
        rows.take(connection, _fingerprint(LARGE), None, running.clock.now(), lambda _sha256: False)
    assert (await files.content("PUT", f"{ROOT}/a", LARGE)).status == 201
    await asyncio.to_thread(collector(running).take_over)
    assert (await files.content("GET", f"{ROOT}/a")).body == LARGE


async def test_upload_whose_blob_was_deleted_meanwhile_is_busy(files: Files) -> None:
    """The commit looks whether the blob is there, where one of its hash was deleted."""
    running = files.running
    database = running.cloud.workers.database
    digest = hashlib.sha256(LARGE).digest()
    with database.writing() as connection:
        doomed = rows.doom_orphans(connection, [digest], running.clock.now())
        rows.note_gone(connection, doomed, running.clock.now())
    fingerprint = _fingerprint(LARGE)
    for is_stored in (None, lambda _sha256: False):
        with database.writing() as connection, pytest.raises(BusyError):
            rows.take(connection, fingerprint, None, 0.0, is_stored)
    with database.writing() as connection:
        assert rows.take(connection, fingerprint, None, 0.0, lambda _sha256: True).size == 50_000


async def test_work_of_a_killed_collector_is_taken_over(files: Files) -> None:
    """After a time in which its last request must be over."""
    running = files.running
    writer = running.cloud.contents.blobs.writer()
    writer.write(LARGE)
    writer.keep(hashlib.sha256(LARGE).digest())
    with running.cloud.workers.database.writing() as connection:
        rows.doom_orphans(connection, [hashlib.sha256(LARGE).digest()], running.clock.now())
    await asyncio.to_thread(collector(running).take_over)
    assert len(stored(running)) == 1
    running.clock.moment += rows.TAKEOVER_AFTER_S
    await asyncio.to_thread(collector(running).take_over)
    assert stored(running) == set()
    assert (await files.content("PUT", f"{ROOT}/a", LARGE)).status == 201


@both
async def test_one_server_of_all_collects(running: Running) -> None:
    """Once an interval, whoever comes first."""
    write = running.cloud.workers.write
    claims = [await write(rows.claim_run, moment, 10.0) for moment in (100.0, 105.0, 110.0, 111.0)]
    assert claims == [True, False, True, False]


async def test_space_of_small_contents_is_given_back(files: Files) -> None:
    """The database file shrinks by what they took."""
    database = files.running.cloud.workers.database

    def pages() -> int:
        with database.reading() as connection:
            return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    empty = pages()
    for number in range(40):
        await files.put(f"{ROOT}/d/{number}", bytes([number]) * 30_000)
    await files.node("DELETE", f"{ROOT}/d")
    full = pages()
    assert (await collect(files.running)).contents == 40
    assert full - pages() > (full - empty) * 0.9 > 250


@both
@pytest.mark.parametrize("kind", ["folder", "object store"])
async def test_nothing_acknowledged_is_lost_while_garbage_is_collected(
    data: Path, database_url: str | None, kind: str, store: ObjectStore
) -> None:
    """The same contents come and go all the time, without any time of grace, in two loops."""
    options: dict[str, Any] = {}
    if kind == "object store":
        settings = load_settings(None, {}, store.options())
        options = {name: getattr(settings, name) for name in store.options()}
    async with running_cloud(data, database_url=database_url, **options) as running:
        credentials, _ = await running.add_token(await running.add_account())
        stop = threading.Event()
        collecting = [asyncio.create_task(asyncio.to_thread(_loop, running, stop)) for _ in "ab"]
        try:
            counts = await asyncio.gather(
                *(_come_and_go(Files(running, credentials), name) for name in "abc")
            )
        finally:
            stop.set()
            removed = sum(await asyncio.gather(*collecting))
    # Without both the test would show nothing.
    assert (sum(counts) > 0, removed > 0) == (True, True)


def _loop(running: Running, stop: threading.Event) -> int:
    removed = 0
    while not stop.is_set():
        found = collector(running).collect()
        removed += found.contents + found.orphans
    return removed


async def _come_and_go(files: Files, name: str) -> int:
    """Put, read and delete; how often. The contents are those of everybody."""
    shared = (SMALL, LARGE, b"M" * 70_000)
    done = 0
    for number in range(24):
        path, data = f"{ROOT}/{name}", shared[number % len(shared)]
        deadline = time.monotonic() + 120
        while (reply := await files.content("PUT", path, data)).status == 503:
            assert (reply.code, time.monotonic() < deadline) == ("busy", True)
        assert reply.status in (200, 201), reply
        assert (await files.content("GET", path)).body == data
        if number % 2:
            assert (await files.node("DELETE", path)).status == 200
        done += 1
    return done


def _fingerprint(data: bytes) -> Any:
    from u1tray.server.storage.hashing import Hashing

    hashing = Hashing()
    hashing.update(data)
    return hashing.fingerprint()
