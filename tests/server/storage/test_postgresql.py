"""The metadata in PostgreSQL: tables, order of texts, transactions, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, func, insert, select, update

from tests.rig.postgres import PASSWORD, Cluster
from tests.rig.processes import Processes
from u1tray.server.settings.options import Settings, load_settings
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.migrate import revision
from u1tray.server.storage.metadata.schema import REVISION, facts, metadata
from u1tray.server.storage.workers import Workers
from u1tray.vocabulary.errors import NotFoundError, UsageError

pytestmark = pytest.mark.core

OTHER_KEY = base64.urlsafe_b64encode(b"o" * 32).decode()


def opened(directory: Path, url: str, *, create: bool = True, **environment: str) -> Database:
    address = parse_database_url(url)
    database, _ = open_directory(directory, environment, create=create, database_url=address)
    return database


@pytest.fixture
def database(data: Path, postgres_url: str) -> Iterator[Database]:
    found = opened(data, postgres_url)
    yield found
    found.close()


@pytest.fixture
def empty_url(cluster: Cluster) -> Iterator[str]:
    """The URL of a database without tables."""
    with cluster.database() as name:
        yield cluster.url(name)


def test_migrations_end_at_the_schema(database: Database) -> None:
    """The tables in `schema` are those that the migrations make here, too."""
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert revision(connection) == REVISION


def test_every_text_is_compared_by_code_point(database: Database) -> None:
    """Whatever language the cluster was made for (3)."""
    query = (
        "SELECT table_name, column_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')"
        " AND table_name <> 'alembic_version'"
    )
    with database.reading() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(query)]
        by_language = connection.exec_driver_sql("SELECT 'a' < 'B'").scalar()
    assert len(found) > 10
    assert [row for row in found if row[2] != "C"] == []
    assert by_language is True, "this cluster sorts by code point anyway and shows nothing"


def test_transactions_see_and_keep_what_they_should(database: Database) -> None:
    """Readers one snapshot, writers the last commit; only notes do without the disk."""
    found = []
    for transaction in (database.reading, database.writing, database.noting):
        with transaction() as connection:
            settings = ("transaction_isolation", "transaction_read_only", "synchronous_commit")
            found.append([connection.exec_driver_sql(f"SHOW {s}").scalar() for s in settings])
    assert found == [
        ["repeatable read", "on", "on"],
        ["read committed", "off", "on"],
        ["read committed", "off", "off"],
    ]


def test_reader_keeps_its_snapshot(database: Database) -> None:
    """What is committed meanwhile is for the next one."""
    query = select(func.count()).select_from(facts)
    with database.reading() as reader:
        before = reader.execute(query).scalar()
        with database.writing() as writer:
            writer.execute(insert(facts).values(name="x", value=b""))
        assert reader.execute(query).scalar() == before
    with database.reading() as reader:
        assert reader.execute(query).scalar() == before + 1


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    """All or nothing."""
    with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
        connection.execute(insert(facts).values(name="x", value=b""))
        raise ZeroDivisionError
    with database.reading() as connection:
        assert connection.execute(select(facts.c.name).where(facts.c.name == "x")).all() == []


async def test_deadlock_is_run_again(database: Database) -> None:
    """Two that wait for each other both succeed, though the database ends one of them."""
    workers = Workers(database)
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def change(connection: Connection, first: str, second: str) -> None:
        tries.append(first)
        connection.execute(update(facts).where(facts.c.name == first).values(value=b"1"))
        if len(tries) <= 2:
            both_hold_one.wait(15)
        connection.execute(update(facts).where(facts.c.name == second).values(value=b"2"))

    def prepare(connection: Connection) -> None:
        connection.execute(insert(facts), [{"name": n, "value": b""} for n in "ab"])

    await workers.write(prepare)
    await asyncio.gather(workers.write(change, "a", "b"), workers.write(change, "b", "a"))
    assert len(tries) == 3
    for way in {workers._readers, workers._finder, workers._writer}:
        way.close()


def test_many_first_openings_at_once_agree(data: Path, empty_url: str) -> None:
    """Machines that start together make the tables once."""
    with ThreadPoolExecutor(6) as threads:
        directories = [data.with_name(f"machine{number}") for number in range(6)]
        made = threads.map(
            lambda path: opened(path, empty_url, U1SERVER_KEY=OTHER_KEY), directories
        )
        for database in made:
            database.close()


def test_second_machine_needs_the_key_of_the_first(data: Path, empty_url: str) -> None:
    """Without it, it makes none of its own; with another one it is refused."""
    opened(data, empty_url).close()
    second = data.with_name("second")
    with pytest.raises(UsageError, match="the server key is gone"):
        opened(second, empty_url)
    assert not (second / "server.key").exists()
    with pytest.raises(UsageError, match="another server key"):
        opened(second, empty_url, U1SERVER_KEY=OTHER_KEY)
    (second / "server.key").write_bytes((data / "server.key").read_bytes())
    (second / "server.key").chmod(0o600)
    opened(second, empty_url).close()


def test_empty_database_is_no_cloud(data: Path, empty_url: str) -> None:
    """An administration command makes nothing."""
    data.mkdir(mode=0o700)
    with pytest.raises(NotFoundError, match="no cloud in postgresql://"):
        opened(data, empty_url, create=False)
    with psycopg.connect(empty_url) as connection:
        assert (
            connection.execute("SELECT 1 FROM pg_tables WHERE schemaname='public'").fetchone()
            is None
        )


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mysql://u:top-secret@h/d", "only PostgreSQL"),
        ("postgresql+asyncpg://u:top-secret@h/d", "only PostgreSQL"),
        ("sqlite:///x", "only PostgreSQL"),
        ("postgresql://u:top-secret@h", "names no database"),
        ("postgresql://u:top-secret@h/", "names no database"),
        ("postgresql://u:top-secret@h:port/d", "not the URL of a database"),
        ("top-secret", "not the URL of a database"),
        ("postgresql://u:top-secret@h/d?colour=blue", "unknown option 'colour'"),
        ("", "not the URL of a database"),
    ],
)
def test_bad_url_is_refused_with_the_line_at_fault(home: Path, url: str, text: str) -> None:
    """The message shows neither URL nor password."""
    file = home / "server.conf"
    file.write_text(f"[server]\n# here\ndatabase_url = {url}\n")
    with pytest.raises(UsageError) as caught:
        load_settings(file, {}, {})
    assert f"{file} line 3: database_url: " in caught.value.text
    assert text in caught.value.text
    assert "top-secret" not in caught.value.text


def test_settings_show_no_password(home: Path) -> None:
    """Nor does the address of the database."""
    url = "postgresql://u:top-secret@db.example.com/cloud?password=other-secret"
    settings = load_settings(None, {"U1SERVER_DATABASE_URL": url}, {})
    assert isinstance(settings, Settings)
    assert settings.database_url is not None
    assert "secret" not in repr(settings)


def test_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps SQLite needs no driver of PostgreSQL."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ValueError, match=r"pip install 'u1tray\[postgresql\]'"):
        parse_database_url("postgresql://u@h/d")


@pytest.mark.end2end
def test_database_that_cannot_be_used_is_one_line(
    started: Processes, data: Path, cluster: Cluster
) -> None:
    """No such database, nobody listening: exit code 2, no traceback, no password."""
    nowhere = f"postgresql://u1:{PASSWORD}@/x?host={data.parent}"
    for url, words in ((cluster.url("nothing"), "does not exist"), (nowhere, "failed")):
        for command in (("serve", "--log-level", "debug"), ("user", "list")):
            data.mkdir(mode=0o700, exist_ok=True)
            done = started.run("u1server", *command, "--data", str(data), "--database-url", url)
            assert done.returncode == 2, done.stderr
            assert f"cannot use the database postgresql:///{url.split('/')[3].split('?')[0]}" in (
                done.stderr
            )
            assert words in done.stderr
            assert "Traceback" not in done.stderr
            assert PASSWORD not in done.stderr + done.stdout


@pytest.mark.end2end
def test_password_of_the_database_is_in_no_log(
    started: Processes, data: Path, postgres_url: str
) -> None:
    """Not at debug level, not in the help."""
    started.env |= {"U1SERVER_DATABASE_URL": postgres_url, "U1SERVER_LOG_LEVEL": "debug"}
    ports = ("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
    process = started.start("u1server", "serve", "--data", str(data), *ports, "--workers", "2")
    process.wait_for_line("admin on", 60)
    process.end()
    told = process.output + started.run("u1server", "serve", "--help").stdout
    assert "listening on" in told
    assert PASSWORD not in told


def test_engines_hide_parameters(database: Database) -> None:
    """An error shows no hash and no secret."""
    engines: tuple[Engine, ...] = (
        database._engines.reading,
        database._engines.writing,
        database._engines.noting,
    )
    assert all(engine.hide_parameters for engine in engines)
    with pytest.raises(Exception) as caught, database.writing() as connection:  # noqa: PT011
        connection.execute(insert(facts).values(name="top-secret" * 10, value=b""))
    assert "top-secret" not in str(caught.value)
