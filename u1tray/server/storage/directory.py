"""The data directory: its rights, its key, its database, and its free space.

One lock file serves all processes that open a directory for the first time at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import logging
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from u1tray.server.accounts.cipher import PROOF, Cipher, WrongKeyError
from u1tray.server.accounts.server_key import FILE_NAME as KEY_FILE
from u1tray.server.accounts.server_key import VARIABLE as KEY_VARIABLE
from u1tray.server.accounts.server_key import find_keys, make_key
from u1tray.server.storage.metadata import facts
from u1tray.server.storage.metadata.database import Database, first_line
from u1tray.server.storage.metadata.migrate import migrate, revision
from u1tray.server.storage.metadata.postgresql import PostgresqlDatabase
from u1tray.server.storage.metadata.sqlite import SqliteDatabase
from u1tray.vocabulary.errors import BusyError, NotFoundError, QuotaError, UsageError

DATABASE_FILE = "metadata.sqlite"
LOCK_FILE = "open.lock"
RESTORING_FILE = "restore.incomplete"  # here until a backup is restored as a whole

logger = logging.getLogger(__name__)

RESERVED_BYTES = 32 * 1024 * 1024


def open_directory(
    directory: Path,
    environment: Mapping[str, str],
    *,
    create: bool,
    database_url: URL | None = None,
) -> tuple[Database, Cipher]:
    """The database of a data directory, at the newest migration, and the cipher of its key.

    The database is a file in the directory unless there is a URL of another. Raises
    NotFoundError when there is none and `create` is False, UsageError for a directory, key or
    database that cannot be used.
    """
    needed = directory if database_url is not None else directory / DATABASE_FILE
    try:
        if not create and not needed.exists() and not (directory / RESTORING_FILE).exists():
            raise _no_cloud(str(directory))
        _prepare(directory)
        with locked(directory):
            keys = find_keys(directory, environment)
            database = _database(directory, database_url)
            try:
                return database, _open(database, directory, keys, create=create).reloading(
                    functools.partial(_found_again, directory, environment)
                )
            except BaseException:
                database.close()
                raise
    except OSError as error:
        message = f"cannot use the data directory {directory}: {error.strerror or error}"
        raise UsageError(message) from error


def open_without_key(directory: Path, database_url: URL | None = None) -> Database:
    """The database of a data directory whose server key is lost. Raises as `open_directory`."""
    needed = directory if database_url is not None else directory / DATABASE_FILE
    if not needed.exists():
        raise _no_cloud(str(directory))
    _prepare(directory)
    database = _database(directory, database_url)
    try:
        with database.writing() as connection:
            if revision(connection) is None:
                raise _no_cloud(database.name)
            migrate(connection)
    except BaseException as error:
        database.close()
        if isinstance(error, DBAPIError):
            message = f"cannot use the database {database.name}: {first_line(error)}"
            raise UsageError(message) from error
        raise
    return database


def free_disk_bytes(directory: Path) -> int:
    """What the disk under a directory still takes from an ordinary user."""
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize


def is_full(directory: Path) -> bool:
    """Whether what is left of the disk is for the database alone.

    It needs room for deletions, too: without a reserve nobody could make room any more.
    """
    try:
        return free_disk_bytes(directory) < RESERVED_BYTES
    except OSError:
        return False  # whoever writes there hears of it


def disk_is_full() -> QuotaError:
    """What a client hears who brings more bytes (REST contract, 12)."""
    return QuotaError("the server's disk is full", code="server_full")


def _prepare(directory: Path) -> None:
    """Only the server's user may enter."""
    # Another process may make it meanwhile, with the same rights.
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    if (directory / RESTORING_FILE).exists():
        message = f"a backup was not restored as a whole into {directory}: run the restore again"
        raise UsageError(message)
    found = directory.stat()
    _check_owner(directory, found.st_uid)
    if found.st_mode & 0o077 == 0:
        return
    ours = (directory / LOCK_FILE).exists() or not any(directory.iterdir())
    if not ours:
        # It may be a place that others need, such as /srv, so it is not closed to them.
        message = f"others can enter {directory} and it holds other things: choose a new directory"
        raise UsageError(message)
    directory.chmod(0o700)


def _check_owner(directory: Path, owner: int) -> None:
    """Refuse to leave files there, as root, that the server's user cannot read."""
    if os.geteuid() != 0 or owner == 0:
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    message = (
        f"the data directory {directory} belongs to the user {name}, and you are root: "
        f"run this as that user (sudo -u '{name}' u1server ...)"
    )
    raise UsageError(message)


def _database(directory: Path, url: URL | None) -> Database:
    return SqliteDatabase(directory / DATABASE_FILE) if url is None else PostgresqlDatabase(url)


def _open(database: Database, directory: Path, keys: Sequence[bytes], *, create: bool) -> Cipher:
    try:
        with database.writing() as connection:
            if not create and revision(connection) is None:
                raise _no_cloud(database.name)
            migrate(connection)
            return _cipher(connection, directory, keys)
    except (DBAPIError, BusyError) as error:
        cause = error if isinstance(error, DBAPIError) else error.__cause__
        reason = first_line(cause) if isinstance(cause, DBAPIError) else str(error)
        message = f"cannot use the database {database.name}: {reason}"
        raise UsageError(message) from error


def _cipher(connection: Connection, directory: Path, keys: Sequence[bytes]) -> Cipher:
    """The cipher of the server key; a key is made for a new database only."""
    proof = facts.key_proof(connection)
    if proof is not None and not keys:
        message = (
            f"the server key is gone: neither {directory / KEY_FILE} nor {KEY_VARIABLE} is there "
            "(put your copy back; without one see `u1server key lost --help`)"
        )
        raise UsageError(message)
    cipher = Cipher(*(keys or (make_key(directory),)))
    if proof is None:
        facts.set_key_proof(connection, cipher.seal(PROOF, PROOF))
    else:
        _prove(cipher, proof)
    return cipher


def _found_again(directory: Path, environment: Mapping[str, str]) -> Sequence[bytes]:
    """The keys of a directory whose key was changed meanwhile."""
    try:
        return find_keys(directory, environment)
    except UsageError as error:
        logger.error("cannot read the server key again: %s", error.text)
        return ()


def _prove(cipher: Cipher, proof: bytes) -> None:
    """Refuse other keys than the one that the secrets are sealed under."""
    try:
        cipher.open(proof, PROOF)
    except WrongKeyError:
        message = (
            "this cloud's secrets were sealed with another server key "
            "(put your copy back; without one see `u1server key lost --help`)"
        )
        raise UsageError(message) from None


def _no_cloud(where: str) -> NotFoundError:
    return NotFoundError(f"there is no cloud in {where}: `u1server user add` or `serve` makes one")


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Nobody else opens the directory, or changes its key. Raises OSError."""
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
