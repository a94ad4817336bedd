"""Makes a cloud of a backup, in an empty data directory.

Everything is verified while it is written. Until it is whole a mark stands in the directory, so
that no server takes it for a cloud; the same restore may then be run again, and goes on.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, case, delete, update

from u1tray.disk import files
from u1tray.server.accounts.cipher import PROOF, Cipher, WrongKeyError
from u1tray.server.accounts.server_key import FILE_NAME as KEY_FILE
from u1tray.server.accounts.server_key import find_keys
from u1tray.server.admin.backup import manifest as manifests
from u1tray.server.admin.backup import snapshot
from u1tray.server.admin.backup.manifest import Manifest, blob_path, read_manifest
from u1tray.server.admin.crew import Crew
from u1tray.server.admin.hashing import chunks_of, fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.admin.tables import copy_tables, count_rows
from u1tray.server.files.tree import MAX_GENERATION
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.directory import DATABASE_FILE, RESTORING_FILE
from u1tray.server.storage.disk import sync_folder
from u1tray.server.storage.metadata import facts
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.migrate import migrate, revision
from u1tray.server.storage.metadata.schema import (
    doomed_blobs,
    nonces,
    password_attempts,
    uploads,
    volumes,
    web_sessions,
)
from u1tray.vocabulary.errors import ConflictError, UsageError

GENERATIONS_SKIPPED = 1_000_000  # more than a volume has changed since a backup
# Log-ins to web pages that may have been ended since, and what lies in no backup: parts of
# uploads, and blobs that were deleted.
_OF_THE_MOMENT = (web_sessions, nonces, password_attempts, uploads, doomed_blobs)


@dataclass(frozen=True)
class Target:
    """Where the cloud goes. `database` is None for a file in the directory."""

    directory: Path
    environment: Mapping[str, str] = field(repr=False)
    database: Database | None = None


@dataclass
class Restored:
    """What was made. `damaged` are contents that the backup has not whole."""

    manifest: Manifest
    damaged: list[str] = field(default_factory=list)
    has_key: bool = False


class Restorer:
    """Makes one cloud of one backup."""

    def __init__(self, backup: Path, target: Target, progress: Progress) -> None:
        self._backup = backup
        self._target = target
        self._progress = progress

    def prepare(self) -> Manifest:
        """Look at the backup, and claim the directory.

        Raises NotFoundError, UsageError for a damaged backup, ConflictError for a directory or
        a database that is not empty.
        """
        manifest = read_manifest(self._backup)
        path = self._backup / manifest.metadata
        self._progress.stage("looking at the backup")
        if not path.is_file() or snapshot.sha256_of(path) != manifest.metadata_sha256:
            message = f"the metadata of the backup in {self._backup} is missing or damaged"
            raise UsageError(message)
        self._claim(manifest)
        return manifest

    def restore(self, manifest: Manifest, blobs: Blobs) -> Restored:
        """The cloud, after `prepare`. Raises UsageError, QuotaError, BusyError, OSError."""
        restored = Restored(manifest)
        path = self._backup / manifest.metadata
        restored.damaged = self._restore_contents(path, blobs)
        restored.has_key = self._restore_key(path)
        if self._target.database is None:
            self._restore_file(path)
        else:
            self._restore_rows(path, self._target.database)
        files.remove(self._target.directory / RESTORING_FILE)
        return restored

    def _claim(self, manifest: Manifest) -> None:
        directory = self._target.directory
        name = "" if self._target.database is None else self._target.database.name
        mark = f"{manifest.metadata_sha256} {name}\n"
        marked = directory / RESTORING_FILE
        with contextlib.suppress(FileNotFoundError):
            if marked.read_text() == mark:
                return
        for leftover in directory.glob(f".{RESTORING_FILE}.*"):  # killed before it had its mark
            leftover.unlink()
        if directory.exists() and any(directory.iterdir()):
            message = f"{directory} is not empty: a backup is restored into a new directory"
            raise ConflictError(message)
        if self._target.database is not None:
            _check_empty(self._target.database)
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)
        files.write_atomically(marked, mark.encode(), files.OWNER_ONLY)

    def _restore_contents(self, path: Path, blobs: Blobs) -> list[str]:
        """The names of those that are missing or damaged."""
        self._progress.stage("contents", sum(1 for _ in snapshot.named_contents(path)))
        damaged = []
        with Crew() as crew:

            def work(row: tuple[bytes, int, bool]) -> tuple[str, bool]:
                sha256, size, is_used = row
                is_whole = self._restore_content(sha256, size, blobs, crew)
                return sha256.hex(), is_whole or not is_used

            for name, is_well in crew.map(work, snapshot.named_contents(path)):
                self._progress.advance()
                if not is_well:
                    damaged.append(name)
        return damaged

    def _restore_content(self, sha256: bytes, size: int, blobs: Blobs, crew: Crew) -> bool:
        known = blobs.find(sha256)
        if known is not None and known.size == size:
            return True  # an interrupted restore verified it
        source = blob_path(self._backup, sha256)
        if not source.is_file():
            return False
        writer = blobs.writer()
        try:
            found = fingerprint_of(crew.watched(chunks_of(source)), also=writer.write)
            if found.sha256 != sha256:
                return False
            writer.keep(sha256)
        finally:
            writer.discard()
        return True

    def _restore_key(self, path: Path) -> bool:
        """Whether the cloud has its key now: from the backup, or from the environment."""
        directory = self._target.directory
        source = self._backup / KEY_FILE
        if source.is_file() and not (directory / KEY_FILE).exists():
            files.write_atomically(directory / KEY_FILE, source.read_bytes(), files.OWNER_ONLY)
        keys = find_keys(directory, self._target.environment)
        if not keys:
            return False
        with snapshot.reading(path) as connection:
            proof = facts.key_proof(connection)
        try:
            if proof is not None:
                Cipher(*keys).open(proof, PROOF)
        except WrongKeyError:
            message = "the server key at hand is not that of the backup"
            raise UsageError(message) from None
        return True

    def _restore_file(self, path: Path) -> None:
        directory = self._target.directory
        beside = directory / f".{DATABASE_FILE}.restoring"
        snapshot.remove(beside)
        shutil.copyfile(path, beside)
        beside.chmod(files.OWNER_ONLY)
        _prepare(beside)
        snapshot.remove(directory / DATABASE_FILE)
        beside.rename(directory / DATABASE_FILE)
        sync_folder(directory)

    def _restore_rows(self, path: Path, database: Database) -> None:
        beside = self._target.directory / f".{DATABASE_FILE}.restoring"
        snapshot.remove(beside)
        shutil.copyfile(path, beside)
        _prepare(beside)
        try:
            with snapshot.reading(beside) as source, database.writing() as target:
                migrate(target)
                self._progress.stage("metadata", count_rows(source))
                copy_tables(source, target, self._progress)
        finally:
            snapshot.remove(beside)


@contextlib.contextmanager
def undisturbed(backup: Path) -> Iterator[None]:
    """Nobody changes a backup meanwhile; one that nobody can write to needs no lock."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(manifests.locked(backup))
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
        yield


def _prepare(path: Path) -> None:
    """Bring a copy of the metadata to the newest migration."""
    with snapshot.opened(path) as database, database.writing() as connection:
        migrate(connection)
        _begin_anew(connection)
    snapshot.settle(path)


def _begin_anew(connection: Connection) -> None:
    """Have every program that keeps a copy of a volume read all of it again.

    A copy may be newer than the backup. Were generations to go on from there, they would reach
    those that the copy knows, with another meaning; and a delta since then is 410 (REST
    contract, 9). What only concerned the server that was backed up goes.
    """
    raised = volumes.c.generation + GENERATIONS_SKIPPED
    new = case((raised > MAX_GENERATION, MAX_GENERATION), else_=raised)
    connection.execute(update(volumes).values(generation=new, forgotten_generation=new))
    for table in _OF_THE_MOMENT:
        connection.execute(delete(table))


def _check_empty(database: Database) -> None:
    with database.reading() as connection:
        if revision(connection) is not None and count_rows(connection):
            message = f"the database {database.name} is not empty"
            raise ConflictError(message)
