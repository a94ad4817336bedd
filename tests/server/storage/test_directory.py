"""The data directory: rights, key, migrations, and what is refused."""

from __future__ import annotations

import base64
import contextlib
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from u1tray.server.files.values import VolumeType
from u1tray.server.storage.directory import DATABASE_FILE, open_directory
from u1tray.server.storage.metadata import nodes, volumes
from u1tray.server.storage.metadata.migrate import MIGRATIONS
from u1tray.server.storage.metadata.schema import REVISION, metadata
from u1tray.vocabulary.errors import NotFoundError, UsageError

pytestmark = pytest.mark.core

OTHER_KEY = base64.urlsafe_b64encode(b"o" * 32).decode()


def make(directory: Path, environment: dict[str, str] | None = None) -> None:
    database, _ = open_directory(directory, environment or {}, create=True)
    database.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_directory_is_for_its_owner_only(data: Path) -> None:
    """0700, and the key 0600."""
    make(data)
    assert (mode(data), mode(data / "server.key")) == (0o700, 0o600)


def test_empty_directory_is_closed_to_others(data: Path) -> None:
    """One made beforehand with wider rights."""
    data.mkdir(mode=0o755)
    make(data)
    assert mode(data) == 0o700


def test_directory_with_other_things_is_left_alone(data: Path) -> None:
    """Such as /srv, which others need to enter."""
    data.mkdir(mode=0o755)
    (data / "website").touch()
    with pytest.raises(UsageError):
        make(data)
    assert (mode(data), sorted(p.name for p in data.iterdir())) == (0o755, ["website"])


def test_root_leaves_the_directory_of_another_user_alone(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root writes there, the server's user could not read."""
    make(data)
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = sorted(data.iterdir())
    with pytest.raises(UsageError, match="you are root: run this as that user"):
        make(data)
    assert sorted(data.iterdir()) == before


def test_missing_directory_is_not_found_unless_it_is_to_be_made(data: Path) -> None:
    """`user list` makes nothing."""
    with pytest.raises(NotFoundError):
        open_directory(data, {}, create=False)
    assert not data.exists()


def test_directory_that_cannot_be_made_is_refused(home: Path) -> None:
    """One message, no traceback."""
    (home / "file").touch()
    with pytest.raises(UsageError, match="cannot use the data directory"):
        make(home / "file" / "cloud")


def test_another_key_is_refused(data: Path) -> None:
    """Before anything is sealed under it."""
    make(data)
    with pytest.raises(UsageError, match="another server key"):
        make(data, {"U1SERVER_KEY": OTHER_KEY})


def test_key_from_the_environment_leaves_no_file(data: Path) -> None:
    """From the environment instead of a file."""
    make(data, {"U1SERVER_KEY": OTHER_KEY})
    make(data, {"U1SERVER_KEY": OTHER_KEY})
    assert not (data / "server.key").exists()
    with pytest.raises(UsageError, match="the server key is gone"):
        make(data)


@pytest.mark.parametrize("key", ["short", "é", "A" * 100])
def test_broken_key_is_refused_without_showing_it(data: Path, key: str) -> None:
    """Named by its place only."""
    with pytest.raises(UsageError) as caught:
        make(data, {"U1SERVER_KEY": key})
    assert "U1SERVER_KEY" in caught.value.text
    assert key not in caught.value.text


def test_key_that_others_can_read_is_refused(data: Path) -> None:
    """With the command that mends it."""
    make(data)
    (data / "server.key").chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        make(data)


def test_many_first_openings_at_once_agree(data: Path) -> None:
    """One key, one set of tables, whoever comes first."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: make(data), range(8)))
    make(data)


def test_migrations_end_at_the_schema(data: Path) -> None:
    """The tables in `schema` are those that the migrations make, and its revision is the newest."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
    database, _ = open_directory(data, {}, create=True)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_database_of_a_newer_program_is_refused(data: Path) -> None:
    """It is not touched."""
    make(data)
    with contextlib.closing(sqlite3.connect(data / DATABASE_FILE)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with pytest.raises(UsageError, match="newer u1server"):
        make(data)


def test_file_that_is_no_database_is_refused(data: Path) -> None:
    """One message, no traceback."""
    make(data)
    (data / DATABASE_FILE).write_bytes(b"not a database" * 1000)
    with pytest.raises(UsageError):
        make(data)


def test_transactions_are_durable_in_wal(data: Path) -> None:
    """WAL with synchronous=FULL, and NORMAL for what is worthless after minutes."""
    database, _ = open_directory(data, {}, create=True)
    found = []
    for transaction in (database.writing, database.noting):
        with transaction() as connection:
            pragmas = ("journal_mode", "synchronous", "foreign_keys")
            found.append([connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in pragmas])
    database.close()
    assert found == [["wal", 2, 1], ["wal", 1, 1]]


def test_failed_transaction_leaves_nothing(data: Path) -> None:
    """All or nothing."""
    database, _ = open_directory(data, {}, create=True)
    with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('x', 'y')")
        raise ZeroDivisionError
    with database.reading() as connection:
        query = "SELECT count(*) FROM facts WHERE name = 'x'"
        assert connection.exec_driver_sql(query).scalar() == 0
    database.close()


def test_directory_of_the_previous_version_is_migrated(data: Path) -> None:
    """Accounts made before there were files get their root volume when it is opened."""
    make(data)
    with contextlib.closing(sqlite3.connect(data / DATABASE_FILE)) as database:
        for table in (
            "doomed_blobs",
            "uploads",
            "deleted_nodes",
            "deletions",
            "nodes",
            "small_contents",
            "contents",
            "volumes",
        ):
            database.execute(f"DROP TABLE {table}")
        database.execute(
            "INSERT INTO accounts (email, email_key, visible_name, password_hash, consumer_key,"
            " sealed_consumer_secret, state, created_at)"
            " VALUES ('a@b', 'a@b', 'Ana', 'x', 'k', x'00', 'active', 7.5)"
        )
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    database, _ = open_directory(data, {}, create=False)
    with database.reading() as connection:
        (volume,) = volumes.of_account(connection, 1)
        root = nodes.root(connection, volume.id)
    database.close()
    assert (volume.path, volume.type, volume.generation) == ("~/Ubuntu One", VolumeType.ROOT, 0)
    assert (root.created_at, root.parent_id, root.is_live) == (7.5, None, True)
