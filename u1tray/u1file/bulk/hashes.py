"""Hashes of local files remembered from the last time, so that nothing is read for nothing.

A cache: it may be removed at any time, and is given up when it cannot be used. One thread's.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from u1tray.disk.files import make_directory
from u1tray.u1file.bulk.local_tree import LocalFile
from u1tray.vocabulary import places

_log = logging.getLogger(__name__)

_BUSY_TIMEOUT_SECONDS = 5.0
# A file written this shortly before it was read may change again without a new time.
_YOUNG_NS = 50_000_000
_YOUNG_COARSE_NS = 2_000_000_000  # on file systems that keep whole seconds
_SECOND_NS = 1_000_000_000
_TABLE = (
    "CREATE TABLE IF NOT EXISTS hash (folder BLOB, name BLOB, size INT, mtime_ns INT, inode INT,"
    " sha1 TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID"
)


class Hashes:
    """Path, size, modification time and inode to `sha1:...`; `folder`s are absolute."""

    def __init__(self, place: Path | None = None) -> None:
        self._place = place or places.cache_home() / places.PROGRAM / "hashes-1.sqlite"
        self._begun_ns = time.time_ns()
        self._db: sqlite3.Connection | None = None
        with self._careful():
            make_directory(self._place.parent)
            self._db = sqlite3.connect(self._place, _BUSY_TIMEOUT_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute(_TABLE)

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()

    def known(self, folder: str, files: Sequence[LocalFile]) -> dict[str, str]:
        """The hashes of those files of a folder that have not changed, by name."""
        by_name = {os.fsencode(one.name): one for one in files}
        marks = ",".join("?" * len(by_name))
        found: list[tuple[bytes, int, int, int, str]] = []
        with self._careful():
            if self._db is not None:
                found = self._db.execute(
                    "SELECT name, size, mtime_ns, inode, sha1 FROM hash"  # noqa: S608 - marks only
                    f" WHERE folder = ? AND name IN ({marks})",
                    (os.fsencode(folder), *by_name),
                ).fetchall()
        return {
            by_name[name].name: sha1
            for name, size, mtime_ns, inode, sha1 in found
            if by_name[name][1:] == (size, mtime_ns, inode)
        }

    def remember(self, seen: Iterable[tuple[str, LocalFile, str]]) -> None:
        """Keep what was read since this began: folder, file as it was before, its hash."""
        rows = [
            (os.fsencode(folder), os.fsencode(one.name), *one[1:], sha1)
            for folder, one, sha1 in seen
            if _is_settled(one.mtime_ns, self._begun_ns)
        ]
        with self._careful():
            if rows and self._db is not None:
                self._db.execute("BEGIN")
                self._db.executemany("INSERT OR REPLACE INTO hash VALUES (?, ?, ?, ?, ?, ?)", rows)
                self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _careful(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            _log.info("the cache of hashes cannot be used: %s", error)
            if self._db is not None:
                self._db.close()
            self._db = None


def _is_settled(mtime_ns: int, read_ns: int) -> bool:
    young = _YOUNG_NS if mtime_ns % _SECOND_NS else _YOUNG_COARSE_NS
    return mtime_ns < read_ns - young
