"""Finds contents whose bytes are not there, or not what they were, and blobs nobody names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.fsck.damage import Damage
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.files.values import Fingerprint
from u1tray.server.storage.blobs.protocol import BlobInfo, Blobs
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import contents, small_contents

_PAGE_ROWS = 500
_COLUMNS = tuple(
    contents.c[name] for name in ("id", "sha256", "sha1", "magic", "size", "is_inline")
)
_ROWS = select(*_COLUMNS).order_by(contents.c.id).limit(_PAGE_ROWS)


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a content's bytes, if anything, and what they are."""

    damage: Damage | None
    found: Fingerprint | None = None


class ContentCheck:
    """Looks at every content of a cloud. `is_full` reads the blobs, else only their sizes."""

    def __init__(self, database: Database, blobs: Blobs, *, is_full: bool) -> None:
        self._database = database
        self._blobs = blobs
        self._is_full = is_full

    def run(self, progress: Progress) -> Iterator[tuple[int, Damage]]:
        """Content ids with their damage."""
        with Crew() as crew:

            def work(row: Row[Any]) -> tuple[int, Damage | None]:
                return row.id, self._look(row, crew)

            for content_id, damage in crew.map(work, self._rows()):
                progress.advance()
                if damage is not None and self._is_known(content_id):
                    yield content_id, damage

    def orphans(self, before: float) -> Iterator[BlobInfo]:
        """Blobs stored before a moment that no content names."""
        batch: list[BlobInfo] = []
        for blob in self._blobs.all():
            if blob.stored_at < before:
                batch.append(blob)
            if len(batch) >= _PAGE_ROWS:
                yield from self._unnamed(batch)
                batch = []
        yield from self._unnamed(batch)

    def _unnamed(self, batch: list[BlobInfo]) -> Iterator[BlobInfo]:
        names = [blob.sha256 for blob in batch]
        query = select(contents.c.sha256).where(contents.c.sha256.in_(names), ~contents.c.is_inline)
        with self._database.reading() as connection:
            known = set(connection.execute(query).scalars())
        return (blob for blob in batch if blob.sha256 not in known)

    def _rows(self) -> Iterator[Row[Any]]:
        """Page by page: a long snapshot would keep the database from tidying up."""
        last = 0
        while True:
            with self._database.reading() as connection:
                page = connection.execute(_ROWS.where(contents.c.id > last)).all()
            if not page:
                return
            yield from page
            last = page[-1].id

    def _look(self, row: Row[Any], crew: Crew) -> Damage | None:
        if row.is_inline or self._is_full:
            return examine(self._database, self._blobs, row, crew).damage
        blob = self._blobs.find(row.sha256)
        if blob is None:
            return Damage.MISSING_BLOB
        return None if blob.size == row.size else Damage.WRONG_SIZE

    def _is_known(self, content_id: int) -> bool:
        """Whether it is still there: gc may have removed it with its bytes meanwhile."""
        with self._database.reading() as connection:
            return content_row(connection, content_id) is not None


def examine(database: Database, blobs: Blobs, row: Row[Any], crew: Crew) -> Verdict:
    """Read a content and compare it with its row."""
    if row.is_inline:
        with database.reading() as connection:
            data = small_data(connection, row.id)
        if data is None:
            return Verdict(Damage.MISSING_DATA)
        found = fingerprint_of([data])
        wrong = Damage.WRONG_DATA
    else:
        try:
            found = fingerprint_of(crew.watched(blobs.read(row.sha256)))
        except FileNotFoundError:
            return Verdict(Damage.MISSING_BLOB)
        wrong = Damage.WRONG_HASH if found.size == row.size else Damage.WRONG_SIZE
    if found.sha256 != row.sha256:
        return Verdict(wrong, found)
    if (found.sha1, found.magic, found.size) != (row.sha1, row.magic, row.size):
        return Verdict(Damage.WRONG_FINGERPRINT, found)
    return Verdict(None, found)


def content_row(connection: Connection, content_id: int) -> Row[Any] | None:
    """A content's id, hashes and size, and where its bytes are."""
    return connection.execute(select(*_COLUMNS).where(contents.c.id == content_id)).one_or_none()


def small_data(connection: Connection, content_id: int) -> bytes | None:
    """The bytes of a small content, if they are there."""
    query = select(small_contents.c.data).where(small_contents.c.content_id == content_id)
    data: bytes | None = connection.execute(query).scalar()
    return data
