"""A local folder into an account, beside a serving cloud.

Files are read and hashed by several threads and stored many at a time. What is there already with
the same bytes is skipped, so that an interrupted import is just run again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.folders.planting import Bed, Plant, Planted, plant
from u1tray.server.admin.folders.report import Reason, Tally
from u1tray.server.admin.folders.walk import LocalFile, walk
from u1tray.server.admin.fsck.places import printable
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.clock import Clock
from u1tray.server.files import volumes
from u1tray.server.files.tree import locate
from u1tray.server.files.values import Names
from u1tray.server.storage.blobs.protocol import CHUNK_BYTES, Blobs
from u1tray.server.storage.contents import MAX_INLINE_BYTES
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import accounts, contents, nodes
from u1tray.server.storage.workers import repeated
from u1tray.vocabulary.errors import QuotaError

_FILES_AT_ONCE = 500
_BYTES_AT_ONCE = 8 * 1024 * 1024  # of small contents, which are held in memory
_SECONDS_AT_ONCE = 2.0


@dataclass(frozen=True)
class Goal:
    """Where the folder goes. `names` lead there from the account, `volume` is their begin."""

    account_id: int
    names: Names
    volume: Names

    @property
    def inside(self) -> Names:
        """The path inside the volume."""
        return self.names[len(self.volume) :]


@dataclass(frozen=True)
class _Task:
    """A file to be looked at; a directory without one. `sha256` is what the cloud has now."""

    names: Names
    file: LocalFile | None = None
    sha256: bytes | None = None


@dataclass(frozen=True)
class _Done:
    """A task worked on: something to plant, or nothing (kept), or why not."""

    task: _Task
    plant: Plant | None = None
    reason: Reason | None = None
    has_room: bool = True


class Importer:
    """Imports one folder."""

    def __init__(
        self, database: Database, blobs: Blobs, clock: Clock, tally: Tally, progress: Progress
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._tally = tally
        self._progress = progress
        self._batch: list[Plant] = []
        self._begun = time.monotonic()
        self._room: int | None = None

    def run(self, top: Path, goal: Goal) -> None:
        """Import everything below `top`. Raises QuotaError when there is no more room."""
        self._room = self._free(goal.account_id)
        bed = Bed(goal.account_id, "/".join(goal.volume), self._is_stored)
        self._progress.stage("files")
        with Crew() as crew:

            def work(task: _Task) -> _Done:
                return self._work(task, crew)

            for done in crew.map(work, self._tasks(top, goal)):
                self._progress.advance()
                if not done.has_room:
                    self._store(bed, goal)
                    message = f"there is no room for {printable('/'.join(done.task.names))}"
                    raise QuotaError(message, code="quota_exceeded")
                if done.reason is not None:
                    self._tally.leave_out(str(done.task.file and done.task.file.path), done.reason)
                elif done.plant is None:
                    self._tally.kept += 1
                else:
                    self._batch.append(done.plant)
                    if self._is_full():
                        self._store(bed, goal)
            self._store(bed, goal)

    def _tasks(self, top: Path, goal: Goal) -> Iterator[_Task]:
        for directory in walk(top, self._tally.leave_out):
            names = (*goal.inside, *directory.names)
            if names:
                yield _Task(names)
            known = self._known(goal, names) if directory.files else {}
            for file in directory.files:
                held = known.get(file.names[-1])
                is_alike = held is not None and held[1] == file.size
                sha256 = held[0] if held is not None and is_alike else None
                yield _Task((*goal.inside, *file.names), file, sha256)

    def _known(self, goal: Goal, names: Names) -> dict[str, tuple[bytes, int]]:
        """SHA-256 and size of the files of a directory in the cloud."""
        with self._database.reading() as connection:
            return _held(connection, goal, names)

    def _work(self, task: _Task, crew: Crew) -> _Done:
        if task.file is None:
            return _Done(task, Plant(task.names))
        try:
            if task.sha256 is not None and _sha256(task.file, crew) == task.sha256:
                return _Done(task)
            if self._room is not None and task.file.size > self._room:
                return _Done(task, has_room=False)  # rather than storing it for nothing
            return _Done(task, self._read(task, task.file, crew))
        except OSError:
            return _Done(task, reason=Reason.UNREADABLE)

    def _read(self, task: _Task, file: LocalFile, crew: Crew) -> Plant:
        chunks = crew.watched(_chunks(file.path))
        start = b""
        for chunk in chunks:
            start += chunk
            if len(start) > MAX_INLINE_BYTES:
                break
        else:
            return Plant(task.names, fingerprint_of([start]), start)
        writer = self._blobs.writer()
        try:
            fingerprint = fingerprint_of(_joined(start, chunks), also=writer.write)
            writer.keep(fingerprint.sha256)
        finally:
            writer.discard()
        return Plant(task.names, fingerprint)

    def _is_full(self) -> bool:
        size = sum(len(one.data) for one in self._batch if one.data is not None)
        return (
            len(self._batch) >= _FILES_AT_ONCE
            or size >= _BYTES_AT_ONCE
            or time.monotonic() - self._begun > _SECONDS_AT_ONCE
        )

    def _store(self, bed: Bed, goal: Goal) -> None:
        batch, self._batch = self._batch, []
        self._begun = time.monotonic()
        if not batch:
            return
        planted = repeated(self._database.writing, plant, bed, batch, self._clock.now())
        self._count(planted, goal)
        self._room = self._free(goal.account_id)
        if planted.refusal is not None:
            raise QuotaError(planted.refusal.text, code=planted.refusal.code.value)

    def _count(self, planted: Planted, goal: Goal) -> None:
        self._tally.files += planted.files
        self._tally.size += planted.size
        self._tally.kept += planted.kept
        self._tally.directories += planted.directories
        for names, reason in planted.left_out:
            self._tally.leave_out("/".join((*goal.volume, *names)), reason)

    def _free(self, account_id: int) -> int | None:
        """The bytes that the account may still store; None without a limit."""
        query = select(accounts.c.quota_bytes, accounts.c.used_bytes)
        with self._database.reading() as connection:
            quota, used = connection.execute(query.where(accounts.c.id == account_id)).one()
        return None if quota is None else max(0, quota - used)

    def _is_stored(self, sha256: bytes) -> bool:
        return self._blobs.find(sha256) is not None


def _held(connection: Connection, goal: Goal, names: Names) -> dict[str, tuple[bytes, int]]:
    volume = volumes.containing(connection, goal.account_id, "/".join(goal.volume))
    place = locate(connection, volume, names)
    if place.node is None or place.node.is_file:
        return {}
    query = (
        select(nodes.c.name, contents.c.sha256, contents.c.size)
        .join(contents, contents.c.id == nodes.c.content_id)
        .where(nodes.c.parent_id == place.node.id, nodes.c.is_live)
    )
    return {name: (bytes(sha256), size) for name, sha256, size in connection.execute(query)}


def _sha256(file: LocalFile, crew: Crew) -> bytes:
    return fingerprint_of(crew.watched(_chunks(file.path))).sha256


def _chunks(path: str) -> Iterator[bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _joined(start: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from rest
