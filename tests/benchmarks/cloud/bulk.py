"""Many nodes at once, as rows put straight into the database of a cloud that does not run."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from u1tray.server.storage.directory import DATABASE_FILE

ACCOUNT_ID = 1
FILES_IN_A_DIRECTORY = 1000
_INSERT = """
    INSERT INTO nodes (id, uuid, account_id, volume_id, parent_id, name, kind, is_live,
                       generation, generation_created, created_at, changed_at)
    VALUES (?, ?, 1, ?, ?, ?, ?, 1, ?, ?, ?, ?)
"""


def add_volume(data: Path, path: str, files: int, in_a_directory: int) -> None:
    """A volume of `files` files `/<directory>/<file>`, both numbered from 0."""
    now = time.time()
    with sqlite3.connect(data / DATABASE_FILE) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        first = connection.execute("SELECT max(id) + 1 FROM nodes").fetchone()[0]
        done = connection.execute(
            "INSERT INTO volumes (account_id, uuid, path, type, generation, created_at)"
            " VALUES (?, ?, ?, 'udf', 0, ?)",
            (ACCOUNT_ID, uuid.uuid4().bytes, path, now),
        )
        volume, rows = done.lastrowid, _Rows(first, now)
        assert volume is not None
        connection.executemany(_INSERT, rows.all(volume, files, in_a_directory))
        connection.execute(
            "UPDATE volumes SET generation = ? WHERE id = ?", (rows.generation, volume)
        )
    connection.close()


class _Rows:
    """Rows of nodes, each with the next id and the next generation."""

    def __init__(self, first: int, now: float) -> None:
        self.generation = -1
        self._next_id = first
        self._now = now

    def all(self, volume: int, files: int, in_a_directory: int) -> Iterator[tuple[Any, ...]]:
        root = self._next_id
        yield self._row(volume, None, "", "directory")
        for number in range(0, files, in_a_directory):
            directory = self._next_id
            yield self._row(volume, root, str(number // in_a_directory), "directory")
            for file in range(min(in_a_directory, files - number)):
                yield self._row(volume, directory, str(file), "file")

    def _row(self, volume: int, parent: int | None, name: str, kind: str) -> tuple[Any, ...]:
        number, self._next_id = self._next_id, self._next_id + 1
        self.generation += 1
        moment = self._now + self.generation
        generation = self.generation
        identity = uuid.uuid4().bytes
        return (
            number,
            identity,
            volume,
            parent,
            name,
            kind,
            generation,
            generation,
            moment,
            moment,
        )
