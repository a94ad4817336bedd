"""The metadata of one moment as a SQLite file of its own, whatever database the cloud has."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine, exists, or_, select
from sqlalchemy.pool import NullPool

from u1tray.server.admin.progress import Progress
from u1tray.server.admin.tables import copy_tables, count_rows
from u1tray.server.storage.blobs.protocol import CHUNK_BYTES
from u1tray.server.storage.metadata import holds
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.migrate import migrate
from u1tray.server.storage.metadata.schema import contents, deleted_nodes, nodes
from u1tray.server.storage.metadata.sqlite import SqliteDatabase
from u1tray.vocabulary.errors import ServerError

_PAGES_AT_ONCE = 2000
_PAGE_ROWS = 1000


def take(database: Database, target: Path, progress: Progress) -> None:
    """Write a snapshot; whole and on stable storage when this returns. Raises ServerError."""
    remove(target)
    target.touch(mode=0o600)
    if isinstance(database, SqliteDatabase):
        _copy_file(database.path, target, progress)
    else:
        with opened(target) as copy, copy.writing() as writing:
            migrate(writing)
            with database.reading() as source:
                progress.stage("metadata", count_rows(source))
                copy_tables(source, writing, progress)
    settle(target)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[SqliteDatabase]:
    """A snapshot as a database."""
    database = SqliteDatabase(path)
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A settled snapshot, read without changing a byte of it or beside it."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    engine = create_engine(
        "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(uri, uri=True)
    )
    with engine.connect() as connection:
        yield connection


def named_contents(path: Path) -> Iterator[tuple[bytes, int, bool]]:
    """SHA-256 and size of all blobs of a snapshot, and whether anything uses them; sorted."""
    by_node = exists(select(1).where(nodes.c.content_id == contents.c.id))
    by_deletion = exists(select(1).where(deleted_nodes.c.content_id == contents.c.id))
    query = (
        select(contents.c.sha256, contents.c.size, or_(by_node, by_deletion))
        .where(~contents.c.is_inline)
        .order_by(contents.c.sha256)
        .execution_options(yield_per=_PAGE_ROWS)
    )
    with reading(path) as connection:
        for sha256, size, is_used in connection.execute(query):
            yield sha256, size, bool(is_used)


def sha256_of(path: Path) -> str:
    """The hash of a file, in hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a snapshot with what SQLite keeps beside it."""
    for beside in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + beside).unlink(missing_ok=True)


def _copy_file(source: Path, target: Path, progress: Progress) -> None:
    """SQLite's backup, inside a reading transaction: writers neither wait nor disturb it."""
    progress.stage("metadata")
    done = 0

    def note(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        progress.advance(total - remaining - done)
        done = total - remaining

    uri = f"{source.absolute().as_uri()}?mode=rw"
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as origin,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        origin.execute("BEGIN")
        origin.execute("SELECT 1 FROM facts LIMIT 1").fetchone()
        origin.backup(writing, pages=_PAGES_AT_ONCE, progress=note)


def settle(target: Path) -> None:
    """One file without a journal, that was looked at, on stable storage."""
    with opened(target) as database, database.writing() as connection:
        holds.forget_all(connection)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        message = f"the metadata is damaged: {found[0]}. See u1server fsck"
        raise ServerError(message)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
