"""A whole cloud copied into another database, another content store, or both; verified.

The source is only read. What the target gets is compared with it row by row and byte by byte
before it counts; a source that changed meanwhile is refused, because a server still runs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select, text

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.admin.tables import Digests, copy_tables, count_rows, digests
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.migrate import migrate, revision
from u1tray.server.storage.metadata.schema import contents
from u1tray.vocabulary.errors import ConflictError, RefusedError, ServerError

_PAGE_ROWS = 1000
_MOST_NAMED = 5


@dataclass
class Moved:
    """What was copied; contents that were there already are not counted."""

    rows: int = 0
    contents: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)


class Mover:
    """Copies one cloud."""

    def __init__(self, source: Database, source_blobs: Blobs, progress: Progress) -> None:
        self._source = source
        self._blobs = source_blobs
        self._progress = progress
        self.moved = Moved()

    def move_only_contents(self, target: Blobs) -> None:
        """As `move_contents`, where no rows follow. Raises ConflictError if the source changed."""
        before = self._last_and_count()
        self.move_contents(target)
        if self._last_and_count() != before:
            message = (
                f"{self._source.name} changed while its contents were copied: stop its servers "
                "and run this again"
            )
            raise ConflictError(message)

    def move_contents(self, target: Blobs) -> None:
        """Copy every content that the target has not. Raises RefusedError, QuotaError, BusyError.

        Contents of clouds that share the target stay.
        """
        self._progress.stage("contents")
        with Crew() as crew:

            def work(row: tuple[bytes, int]) -> tuple[bytes, int | None, bool]:
                return self._copy(row, target, crew)

            for sha256, size, is_whole in crew.map(work, self._named()):
                self._progress.advance()
                if not is_whole:
                    self.moved.damaged.append(sha256.hex())
                elif size is not None:
                    self.moved.contents += 1
                    self.moved.size += size
        if self.moved.damaged:
            names = ", ".join(self.moved.damaged[:_MOST_NAMED])
            message = (
                f"{len(self.moved.damaged)} contents are missing or damaged, such as {names}: "
                "run `u1server fsck --repair` first"
            )
            raise RefusedError(message)

    def move_rows(self, target: Database, target_blobs: Blobs | None) -> None:
        """Copy all rows into an empty database, in one transaction.

        With the blobs that were stored since `move_contents`. Raises ConflictError where the
        target is not empty or the source changed, ServerError where the copy is not the same.
        """
        with target.writing() as writing:
            _be_patient(writing)
            _check_empty(writing, target.name)
            migrate(writing)
            with self._source.reading() as reading:
                _be_patient(reading)
                total = count_rows(reading)
                self._progress.stage("rows", total)
                copy_tables(reading, writing, self._progress)
                self._progress.stage("comparing", 2 * total)
                before = digests(reading, self._progress)
            self._compare(before, digests(writing, self._progress))
            if target_blobs is not None:
                self.move_contents(target_blobs)
            self._check_unchanged(before)
            self.moved.rows = total

    def _compare(self, source: Digests, target: Digests) -> None:
        differing = [name for name in source if source[name] != target[name]]
        if differing:
            message = f"the copy differs from the source in {', '.join(differing)}"
            raise ServerError(message)

    def _check_unchanged(self, before: Digests) -> None:
        with self._source.reading() as reading:
            after = digests(reading, self._progress)
        if after != before:
            message = (
                f"{self._source.name} changed while it was copied, so nothing was kept: stop its "
                "servers and run this again"
            )
            raise ConflictError(message)

    def _last_and_count(self) -> tuple[int | None, int]:
        """What differs when contents came or went: ids are never given twice."""
        query = select(func.max(contents.c.id), func.count())
        with self._source.reading() as connection:
            last, count = connection.execute(query.select_from(contents)).one()
        return last, count

    def _named(self) -> Iterator[tuple[bytes, int]]:
        last = 0
        query = select(contents.c.id, contents.c.sha256, contents.c.size)
        ordered = query.where(~contents.c.is_inline).order_by(contents.c.id).limit(_PAGE_ROWS)
        while True:
            with self._source.reading() as connection:
                page = connection.execute(ordered.where(contents.c.id > last)).all()
            if not page:
                return
            for number, sha256, size in page:
                yield bytes(sha256), size
                last = number

    def _copy(
        self, row: tuple[bytes, int], target: Blobs, crew: Crew
    ) -> tuple[bytes, int | None, bool]:
        """Hash, size if it was copied, and whether the target has it now."""
        sha256, size = row
        known = target.find(sha256)
        if known is not None and known.size == size:
            return sha256, None, True
        writer = target.writer()
        try:
            chunks = crew.watched(self._blobs.read(sha256))
            if fingerprint_of(chunks, also=writer.write).sha256 != sha256:
                return sha256, None, False
            writer.keep(sha256)
        except FileNotFoundError:
            return sha256, None, False
        finally:
            writer.discard()
        return sha256, size, True


def _check_empty(connection: Connection, name: str) -> None:
    if revision(connection) is not None and count_rows(connection):
        message = f"the database {name} is not empty"
        raise ConflictError(message)


def _be_patient(connection: Connection) -> None:
    """Have PostgreSQL wait for the other side of a long copy."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
