"""migrate: the newest form of a database, and a whole cloud in another place."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.rig.object_store import ObjectStore
from tests.rig.processes import Processes
from tests.server.admin.cloud import BIG, FILES, Made, blob, check_promises, damage, fill, fsck
from tests.server.files.client import Files
from tests.server.rig import running_cloud
from u1tray.server.admin.moving import Mover
from u1tray.server.admin.progress import NoProgress
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.metadata.sqlite import SqliteDatabase
from u1tray.vocabulary.errors import ConflictError

pytestmark = pytest.mark.end2end


@pytest.fixture
async def cloud(data: Path) -> Made:
    """A cloud with files, which is not running."""
    async with running_cloud(data) as running:
        return Made(data, await fill(running))


def migrate(
    started: Processes, data: Path, *words: str, **env: str
) -> tuple[CompletedProcess[str], dict[str, Any]]:
    started.env.update(env)
    done = started.run("u1server", "migrate", "--data", str(data), "--json", *words)
    assert "Traceback" not in done.stderr, done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


async def shown(made: Made, database_url: str | None = None) -> dict[str, bytes | None]:
    """Every file of a cloud, through the API."""
    async with running_cloud(made.data, database_url=database_url) as running:
        return await check_promises(Files(running, made.credentials), [])


def test_check_says_whether_a_migration_is_needed(started: Processes, cloud: Made) -> None:
    """Exit codes 0 and 1; `migrate` then says what it did; a newer database is refused (2)."""
    done, told = migrate(started, cloud.data, "--check")
    assert (done.returncode, told["needed"]) == (0, False)
    assert migrate(started, cloud.data)[1]["before"] == told["newest"]
    damage(cloud.data, "UPDATE alembic_version SET version_num = '9999'")
    done, told = migrate(started, cloud.data, "--check")
    assert (done.returncode, told["revision"], told["needed"]) == (1, "9999", True)
    done, _ = migrate(started, cloud.data)
    assert (done.returncode, "newer u1server" in done.stderr) == (2, True)


def test_check_makes_no_cloud(started: Processes, home: Path) -> None:
    """Exit code 4, and nothing is there afterwards."""
    done, _ = migrate(started, home / "none", "--check")
    assert (done.returncode, (home / "none").exists()) == (4, False)


async def test_cloud_moves_to_postgresql_and_back(
    started: Processes, cloud: Made, postgres_url: str, home: Path
) -> None:
    """Every row and file, new ids above the old ones; the source stays as it is."""
    done, told = migrate(started, cloud.data, "--to-database-url", postgres_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert told["rows"] > len(FILES)
    assert await shown(cloud, postgres_url) == FILES == await shown(cloud)
    async with running_cloud(cloud.data, database_url=postgres_url) as running:
        files = Files(running, cloud.credentials)
        await files.put("~/Docs/later.txt", b"later")
        await files.volume("PUT", "~/More")
    (cloud.data / "metadata.sqlite").rename(home / "kept.sqlite")
    back = ("--database-url", postgres_url, "--to-database-url", "sqlite")
    done, _ = migrate(started, cloud.data, *back)
    assert (done.returncode, done.stderr) == (0, "")
    assert await shown(cloud) == {**FILES, "~/Docs/later.txt": b"later"}
    assert fsck(started, cloud.data)[0].returncode == 0
    done, _ = migrate(started, cloud.data, *back)
    assert done.returncode == 6  # there is a file now


async def test_contents_move_to_an_object_store_and_back(
    started: Processes, cloud: Made, store: ObjectStore, home: Path
) -> None:
    """Every blob, verified; a second run copies nothing."""
    access = {k: v for k, v in store.environment().items() if k != "U1SERVER_CONTENT_URL"}
    there = ("--to-content-url", str(store.address()))
    done, told = migrate(started, cloud.data, *there, **access)
    assert (done.returncode, told["contents"], done.stderr) == (0, 2, "")
    assert migrate(started, cloud.data, *there)[1]["contents"] == 0
    (cloud.data / "contents").rename(home / "kept")
    here = ("--content-url", str(store.address()))
    assert fsck(started, cloud.data, *here)[0].returncode == 0
    done, told = migrate(started, cloud.data, *here, "--to-content-url", "folder")
    assert (done.returncode, told["contents"]) == (0, 2)
    assert await shown(cloud) == FILES


async def test_cloud_in_postgresql_and_object_store_is_backed_up_and_mended(
    started: Processes, cloud: Made, store: ObjectStore, postgres_url: str, home: Path
) -> None:
    """backup, restore, fsck, import and export are the same whatever a cloud is kept in."""
    access = {k: v for k, v in store.environment().items() if k != "U1SERVER_CONTENT_URL"}
    goal = ("--to-database-url", postgres_url, "--to-content-url", str(store.address()))
    assert migrate(started, cloud.data, *goal, **access)[0].returncode == 0
    (cloud.data / "metadata.sqlite").unlink()
    blob(cloud.data, BIG).unlink()
    here = ("--database-url", postgres_url, "--content-url", str(store.address()))
    kept = str(home / "backup")
    done = started.run("u1server", "backup", kept, "--data", str(cloud.data), "--with-key", *here)
    assert (done.returncode, done.stderr) == (0, "")
    assert fsck(started, cloud.data, *here)[0].returncode == 0
    again = home / "again"
    assert started.run("u1server", "restore", kept, "--data", str(again)).returncode == 0
    assert await shown(Made(again, cloud.credentials)) == FILES
    out = home / "out"
    words = ("ana@example.com", "~/Ubuntu One", str(out), "--data", str(cloud.data), *here)
    assert started.run("u1server", "export-folder", *words).returncode == 0
    assert (out / "a" / "big.bin").read_bytes() == BIG
    words = ("ana@example.com", str(out), "~/Docs/in", "--data", str(cloud.data), *here)
    assert started.run("u1server", "import-folder", *words).returncode == 0
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP INDEX nodes_by_name")
        connection.execute("UPDATE nodes SET name = 'b' WHERE name = 'twin.bin'")
        connection.execute(
            "UPDATE nodes SET parent_id = (SELECT min(id) FROM nodes WHERE name = 'b')"
            " WHERE name = 'a'"
        )
        connection.execute("UPDATE accounts SET used_bytes = 7")
        connection.execute("UPDATE nodes SET generation = 3 WHERE name = 'big.bin'")
    assert fsck(started, cloud.data, *here)[0].returncode == 20
    done, found = fsck(started, cloud.data, *here, "--repair")
    assert (done.returncode, found["outcome"]) == (21, "mended"), (found, done.stderr)
    assert fsck(started, cloud.data, *here)[0].returncode == 0


class _Server(NoProgress):
    """A server that nobody stopped: it stores something while contents are copied."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._has_stored = False

    def advance(self, count: int = 1) -> None:
        if not self._has_stored:
            values = "randomblob(32), randomblob(20), randomblob(20), 9, 1, 0"
            columns = "sha256, sha1, magic, size, is_inline, stored_at"
            damage(self._data, f"INSERT INTO contents ({columns}) VALUES ({values})")
            self._has_stored = True


async def test_contents_of_a_source_that_changes_meanwhile_are_refused(
    cloud: Made, home: Path
) -> None:
    """What was stored after its turn would be missing; run again, all is there."""
    with closing(SqliteDatabase(cloud.data / "metadata.sqlite")) as database:
        source, target = FolderBlobs(cloud.data / "contents"), FolderBlobs(home / "elsewhere")
        mover = Mover(database, source, _Server(cloud.data))
        with pytest.raises(ConflictError, match="stop its servers"):
            mover.move_only_contents(target)
        Mover(database, source, NoProgress()).move_only_contents(target)
        names = [sorted(info.sha256 for info in blobs.all()) for blobs in (source, target)]
        assert names[0] == names[1]


def test_migration_of_damaged_contents_is_refused(
    started: Processes, cloud: Made, home: Path
) -> None:
    """Exit code 5: fsck comes first."""
    blob(cloud.data, BIG).write_bytes(BIG[:-1] + b"!")
    goal = (home / "elsewhere").as_uri()
    (home / "elsewhere").mkdir()
    done, _ = migrate(started, cloud.data, "--to-content-url", goal)
    assert (done.returncode, "fsck --repair" in done.stderr) == (5, True)


async def test_source_that_changes_meanwhile_is_refused(
    started: Processes, cloud: Made, postgres_url: str
) -> None:
    """Exit code 6 and an empty target, or (nothing came in between) a whole copy."""
    stop = asyncio.Event()

    async def write() -> None:
        def change() -> None:
            with closing(sqlite3.connect(cloud.data / "metadata.sqlite", timeout=120)) as database:
                database.execute("UPDATE accounts SET visible_name = visible_name || 'x'")
                database.commit()

        while not stop.is_set():
            await asyncio.to_thread(change)

    writer = asyncio.create_task(write())
    done, _ = await asyncio.to_thread(
        migrate, started, cloud.data, "--to-database-url", postgres_url
    )
    stop.set()
    await writer
    assert (done.returncode, "stop its servers" in done.stderr) == (6, True)
    assert migrate(started, cloud.data, "--to-database-url", postgres_url)[0].returncode == 0
    assert await shown(cloud, postgres_url) == FILES
    assert migrate(started, cloud.data, "--to-database-url", postgres_url)[0].returncode == 6


def test_password_of_a_target_is_never_shown(started: Processes, cloud: Made) -> None:
    """Not in messages; the URL may come from the environment rather than the command line."""
    url = "postgresql://u1:pg-top-secret@127.0.0.1:1/none"
    done, _ = migrate(started, cloud.data, U1SERVER_TO_DATABASE_URL=url)
    assert done.returncode != 0
    assert "pg-top-secret" not in done.stdout + done.stderr
