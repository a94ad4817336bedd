"""Makes a backup of a cloud that may be serving.

First a snapshot of the metadata, then every content it names; meanwhile a hold keeps those from
being collected. What an earlier backup has is not copied again. The manifest comes last: until
then the earlier backup is whole and stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from u1tray import __version__
from u1tray.disk import files
from u1tray.server.accounts.server_key import FILE_NAME as KEY_FILE
from u1tray.server.accounts.server_key import encoded, find_keys
from u1tray.server.admin.backup import manifest as manifests
from u1tray.server.admin.backup import snapshot
from u1tray.server.admin.backup.copying import INCOMING, Copier, WrongBytesError
from u1tray.server.admin.backup.holding import Holding
from u1tray.server.admin.backup.manifest import CONTENTS, Manifest, blob_path
from u1tray.server.admin.crew import Crew
from u1tray.server.admin.hashing import chunks_of, fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.clock import Clock, timestamp
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.disk import sync_folder
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import REVISION, contents
from u1tray.vocabulary.errors import UsageError


@dataclass(frozen=True)
class Source:
    """The cloud that is backed up."""

    database: Database
    blobs: Blobs
    directory: Path
    environment: Mapping[str, str] = field(repr=False)


@dataclass
class _Tally:
    """What the contents of a backup come to."""

    count: int = 0
    size: int = 0
    copied: int = 0
    missing: list[str] = field(default_factory=list)
    names: Any = field(default_factory=hashlib.sha256)  # the digest so far


@dataclass(frozen=True)
class Created:
    """A whole backup, and how many contents were new in it."""

    manifest: Manifest
    copied: int


class BackupMaker:
    """Makes one backup in a directory."""

    def __init__(self, source: Source, directory: Path, clock: Clock, progress: Progress) -> None:
        self._source = source
        self._directory = directory
        self._clock = clock
        self._progress = progress

    def make(self, *, with_key: bool, may_share: bool) -> Created:
        """The backup, whole. Raises UsageError, BusyError, QuotaError, OSError."""
        self._prepare()
        holding = Holding(self._source.database, self._clock)
        with manifests.locked(self._directory), holding:
            keys = self._keys() if with_key else ()
            path = self._directory / f"metadata-{time.time_ns()}.sqlite"
            snapshot.take(self._source.database, path, self._progress)
            tally = self._copy_contents(path, may_share=may_share)
            if with_key:
                self._write_keys(keys)
            made = self._manifest(path, tally, has_key=with_key)
            sync_folder(self._directory)
            holding.check()
            manifests.write_manifest(self._directory, made)
            self._tidy(path, with_key=with_key)
        return Created(made, tally.copied)

    def _prepare(self) -> None:
        directory = self._directory
        inside, cloud = directory.resolve(), self._source.directory.resolve()
        if inside == cloud or inside in cloud.parents or cloud in inside.parents:
            message = f"{directory} and the data directory lie in each other: choose another place"
            raise UsageError(message)
        if directory.exists() and any(directory.iterdir()) and not _is_backup(directory):
            message = f"{directory} holds other things: choose an empty directory"
            raise UsageError(message)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (directory / CONTENTS, directory / CONTENTS / INCOMING):
            folder.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)

    def _copy_contents(self, path: Path, *, may_share: bool) -> _Tally:
        folder = self._directory / CONTENTS
        copier = Copier(self._source.blobs, folder, may_share=may_share)
        tally = _Tally()
        self._progress.stage("contents", sum(1 for _ in snapshot.named_contents(path)))

        with Crew() as crew:

            def work(row: tuple[bytes, int, bool]) -> tuple[bytes, int, bool, str]:
                sha256, size, is_used = row
                is_kept = self._has(sha256, size, crew, is_verified=not may_share)
                if is_kept and (may_share or not copier.is_shared(sha256, self._blob(sha256))):
                    return sha256, size, is_used, "kept"
                return sha256, size, is_used, self._copy(copier, sha256, crew)

            for sha256, size, is_used, done in crew.map(work, snapshot.named_contents(path)):
                self._progress.advance()
                _count(tally, sha256, size, done, is_used=is_used)
        return tally

    def _blob(self, sha256: bytes) -> Path:
        return blob_path(self._directory, sha256)

    def _has(self, sha256: bytes, size: int, crew: Crew, *, is_verified: bool) -> bool:
        """Whether an earlier backup has a content; verified, whether byte for byte."""
        target = self._blob(sha256)
        with contextlib.suppress(OSError):  # one that cannot be read is copied anew
            if target.stat().st_size != size:
                return False
            return not is_verified or (
                fingerprint_of(crew.watched(chunks_of(target))).sha256 == sha256
            )
        return False

    def _copy(self, copier: Copier, sha256: bytes, crew: Crew) -> str:
        try:
            copier.copy(sha256, self._blob(sha256), crew)
        except (FileNotFoundError, WrongBytesError):
            return "missing"
        return "copied"

    def _keys(self) -> tuple[bytes, ...]:
        """Read before the snapshot and after it: the key may be changed in between."""
        return tuple(find_keys(self._source.directory, self._source.environment))

    def _write_keys(self, before: tuple[bytes, ...]) -> None:
        keys = dict.fromkeys((*self._keys(), *before))
        data = b"".join(encoded(key) + b"\n" for key in keys)
        files.write_atomically(self._directory / KEY_FILE, data, files.OWNER_ONLY)

    def _manifest(self, path: Path, tally: _Tally, *, has_key: bool) -> Manifest:
        return Manifest(
            format=manifests.FORMAT,
            program=f"u1server {__version__}",
            revision=REVISION,
            created=timestamp(self._clock.now()),
            metadata=path.name,
            metadata_sha256=snapshot.sha256_of(path),
            contents=tally.count,
            contents_bytes=tally.size,
            contents_sha256=tally.names.hexdigest(),
            missing=tuple(tally.missing),
            has_key=has_key,
        )

    def _tidy(self, path: Path, *, with_key: bool) -> None:
        """Remove what only the earlier backup needed, and what a killed one left."""
        for file in self._directory.iterdir():
            if file.name.startswith("metadata-") and not file.name.startswith(path.name):
                file.unlink()
        if not with_key:
            (self._directory / KEY_FILE).unlink(missing_ok=True)
        folder = self._directory / CONTENTS
        for left in (folder / INCOMING).iterdir():
            left.unlink()
        _Pruner(path, folder).run()


class _Pruner:
    """Removes contents of a backup that its metadata does not name."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._folder = folder

    def run(self) -> None:
        with snapshot.reading(self._path) as connection:
            for first in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
                query = select(contents.c.sha256).where(
                    contents.c.sha256.between(
                        bytes.fromhex(first.name), bytes.fromhex(first.name) + b"\xff" * 32
                    ),
                    ~contents.c.is_inline,
                )
                named = {sha256.hex() for sha256 in connection.execute(query).scalars()}
                for blob in first.glob("*/*"):
                    if blob.name not in named:
                        blob.unlink()


def _count(tally: _Tally, sha256: bytes, size: int, done: str, *, is_used: bool) -> None:
    if done == "missing":
        if is_used:  # else it was about to be collected
            tally.missing.append(sha256.hex())
        return
    tally.count += 1
    tally.size += size
    tally.copied += done == "copied"
    tally.names.update(sha256)


def _is_backup(directory: Path) -> bool:
    """Whether everything in a directory may be of a backup, whole or begun."""
    return (directory / CONTENTS / INCOMING).is_dir()
