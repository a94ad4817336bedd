"""Mends contents: finds the bytes elsewhere, or lets the files of a lost one stay without content.

A blob that cannot be trusted is copied to the quarantine before it is removed from the store. A
file whose bytes are lost keeps its place, name and key, so that a client that has the bytes can
upload them again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, null, select, update

from u1tray.disk.files import sync_directory
from u1tray.server.admin.crew import Crew
from u1tray.server.admin.fsck.contents import content_row, examine, small_data
from u1tray.server.admin.fsck.damage import Damage
from u1tray.server.admin.fsck.edits import Edits
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.files.values import Fingerprint
from u1tray.server.storage.blobs.protocol import CHUNK_BYTES, Blobs
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import contents, metadata, nodes, small_contents

QUARANTINE = "quarantine"


class ContentMender:
    """Mends contents one by one, each after reading it once more."""

    def __init__(
        self, database: Database, blobs: Blobs, directory: Path, spare: Path | None, now: float
    ) -> None:
        """`spare` is a backup that may have what is lost here."""
        self._database = database
        self._blobs = blobs
        self._quarantine = directory / QUARANTINE
        self._spare = None if spare is None else spare / "contents"
        self._now = now

    def mend(self, content_id: int) -> bool:
        """Whether there was anything to mend."""
        with self._database.reading() as connection:
            row = content_row(connection, content_id)
        if row is None:
            return False
        with Crew(1) as crew:
            verdict = examine(self._database, self._blobs, row, crew)
        if verdict.damage is None:
            return False
        if verdict.damage is Damage.WRONG_FINGERPRINT:
            assert verdict.found is not None
            self._correct(content_id, verdict.found)
        elif not self._recover(row):
            if verdict.damage in (Damage.WRONG_SIZE, Damage.WRONG_HASH):
                self._seize_blob(row.sha256)
            if not self._recover(row):
                self._give_up(row)
        return True

    def _correct(self, content_id: int, found: Fingerprint) -> None:
        columns = {"sha1": found.sha1, "magic": found.magic, "size": found.size}
        with self._database.writing() as connection:
            connection.execute(update(contents).where(contents.c.id == content_id).values(columns))

    def _recover(self, row: Row[Any]) -> bool:
        """Put the right bytes in place, if they are anywhere else."""
        with self._database.reading() as connection:
            data = small_data(connection, row.id)
        if row.is_inline:
            return self._recover_small(row, data)
        if data is not None and fingerprint_of([data]).sha256 == row.sha256:
            self._store(row.sha256, iter([data]))
        elif not self._store_spare(row.sha256):
            return False
        found = self._blobs.find(row.sha256)
        return found is not None and found.size == row.size

    def _recover_small(self, row: Row[Any], data: bytes | None) -> bool:
        good = self._read_whole(row.sha256)
        if good is None:
            return False
        if data is not None:
            self._seize(row.sha256, iter([data]))
        with self._database.writing() as connection:
            if content_row(connection, row.id) is not None:
                connection.execute(
                    delete(small_contents).where(small_contents.c.content_id == row.id)
                )
                connection.execute(insert(small_contents).values(content_id=row.id, data=good))
        return True

    def _read_whole(self, sha256: bytes) -> bytes | None:
        """A small content from a blob or the backup, if its bytes are right."""
        for chunks in (self._blobs.read(sha256), self._spare_chunks(sha256)):
            with contextlib.suppress(FileNotFoundError):
                data = b"".join(chunks)
                if fingerprint_of([data]).sha256 == sha256:
                    return data
        return None

    def _store_spare(self, sha256: bytes) -> bool:
        """Copy a blob of the backup, if there is one whose bytes are right."""
        try:
            if fingerprint_of(self._spare_chunks(sha256)).sha256 != sha256:
                return False
        except FileNotFoundError:
            return False
        if self._blobs.find(sha256) is not None:
            self._seize_blob(sha256)
        self._store(sha256, self._spare_chunks(sha256))
        return True

    def _spare_chunks(self, sha256: bytes) -> Iterator[bytes]:
        name = sha256.hex()
        if self._spare is None:
            raise FileNotFoundError(name)
        with (self._spare / name[:2] / name[2:4] / name).open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def _store(self, sha256: bytes, chunks: Iterator[bytes]) -> None:
        writer = self._blobs.writer()
        try:
            found = fingerprint_of(chunks, also=writer.write)
            if found.sha256 == sha256:
                writer.keep(sha256)
        finally:
            writer.discard()

    def _seize_blob(self, sha256: bytes) -> None:
        """Move a damaged blob to the quarantine: the copy is safe before the original goes."""
        with contextlib.suppress(FileNotFoundError):
            found = self._seize(sha256, self._blobs.read(sha256))
            if found.sha256 != sha256:
                self._blobs.delete(sha256)

    def _seize(self, sha256: bytes, chunks: Iterator[bytes]) -> Fingerprint:
        """Write bytes to the quarantine, under the name of what they should have been."""
        self._quarantine.mkdir(mode=0o700, exist_ok=True)
        target = self._quarantine / sha256.hex()
        if target.exists():
            target = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        beside = target.with_name(f".{target.name}")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            found = fingerprint_of(chunks, also=file.write)
            file.flush()
            os.fsync(file.fileno())
        if found.sha256 == sha256:  # it is whole after all
            beside.unlink()
        else:
            beside.rename(target)
        sync_directory(self._quarantine)
        return found

    def _give_up(self, row: Row[Any]) -> None:
        """Let the files of a lost content stay, without content."""
        with self._database.writing() as connection:
            current = content_row(connection, row.id)
            if current is None or self._is_whole(connection, current):
                return  # uploaded again meanwhile
            if current.is_inline:
                data = small_data(connection, row.id)
                if data is not None:
                    self._seize(row.sha256, iter([data]))
            edits = Edits(connection, self._now)
            mine = nodes.c.content_id == row.id
            for node_id, is_live in connection.execute(
                select(nodes.c.id, nodes.c.is_live).where(mine)
            ).all():
                if is_live:
                    edits.change(node_id, content_id=None, sha1=None, size=None)
            _forget(connection, row.id)
            edits.finish()

    def _is_whole(self, connection: Connection, row: Row[Any]) -> bool:
        if row.is_inline:
            data = small_data(connection, row.id)
            return data is not None and fingerprint_of([data]).sha256 == row.sha256
        # A damaged one was moved away, so what is there now is new.
        return self._blobs.find(row.sha256) is not None


def _forget(connection: Connection, content_id: int) -> None:
    """Remove a content, whatever table names it."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.nullable and column.references(contents.c.id):
                named = column == content_id
                connection.execute(update(table).where(named).values({column: null()}))
    connection.execute(delete(small_contents).where(small_contents.c.content_id == content_id))
    connection.execute(delete(contents).where(contents.c.id == content_id))
