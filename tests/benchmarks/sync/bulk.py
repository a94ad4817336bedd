"""Many files that are in sync already: put straight into database, folder and store.

All are empty, so that they cost no room; for whoever compares, they are files like others.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from u1tray.engine.runner.local_side import ROOT_FACT
from u1tray.engine.store.trees import TreeStore
from u1tray.server.files.keys import key_text
from u1tray.server.storage.directory import DATABASE_FILE

FIRST = "first"
"""An empty file that the cloud got in the ordinary way, below its root."""
FILES_IN_A_DIRECTORY = 1000
_SHA1 = hashlib.sha1(b"", usedforsecurity=False).digest()
_NODE = """
    INSERT INTO nodes (id, uuid, account_id, volume_id, parent_id, name, kind, is_live,
                       generation, generation_created, created_at, changed_at,
                       content_id, sha1, size)
    VALUES (:id, :uuid, :account, :volume, :parent, :name, :kind, 1, :generation, :generation,
            :now, :now, :content, :sha1, :size)
"""


@dataclass(frozen=True)
class Row:
    """A node: its number from 1 (the root has 0), and that of its directory."""

    number: int
    parent: int
    name: str
    is_file: bool
    key: str
    generation: int


@dataclass(frozen=True)
class Tree:
    """All nodes of the root volume but its root, directories before what is in them."""

    root_key: str
    generation: int
    rows: Sequence[Row]

    @property
    def files(self) -> int:
        return sum(row.is_file for row in self.rows)


def make_nodes(data: Path, files: int) -> Tree:
    """Add files to the volume of a cloud that does not run; `FIRST` is there."""
    connection = sqlite3.connect(data / DATABASE_FILE)
    connection.execute("PRAGMA synchronous=OFF")
    connection.row_factory = sqlite3.Row
    first = connection.execute("SELECT * FROM nodes WHERE name = ?", (FIRST,)).fetchone()
    root = connection.execute("SELECT * FROM nodes WHERE id = ?", (first["parent_id"],)).fetchone()
    rows = list(_rows(first, files))
    shared = {
        "account": root["account_id"],
        "volume": root["volume_id"],
        "now": time.time(),
    }

    def values(row: Row) -> dict[str, Any]:
        content = (first["content_id"], _SHA1, 0) if row.is_file else (None, None, None)
        return {
            **shared,
            "id": root["id"] if row.number == 0 else first["id"] + row.number - 1,
            "uuid": uuid.UUID(int=_number_of(row)).bytes,
            "parent": root["id"] if row.parent == 0 else first["id"] + row.parent - 1,
            "name": row.name,
            "kind": "file" if row.is_file else "directory",
            "generation": row.generation,
            **dict(zip(("content", "sha1", "size"), content, strict=True)),
        }

    with connection:
        connection.executemany(_NODE, (values(row) for row in rows if row.name != FIRST))
        generation = rows[-1].generation
        connection.execute(
            "UPDATE volumes SET generation = ? WHERE id = ?", (generation, root["volume_id"])
        )
    connection.close()
    return Tree(key_text(root["uuid"]), generation, rows)


def _rows(first: sqlite3.Row, files: int) -> Iterator[Row]:
    """The file that is there, then directories with files."""
    generation = first["generation"]
    yield Row(1, 0, FIRST, True, key_text(first["uuid"]), generation)
    number = 1
    for start in range(0, files, FILES_IN_A_DIRECTORY):
        number, generation = number + 1, generation + 1
        directory = number
        yield _row(number, 0, f"{start // FILES_IN_A_DIRECTORY:04}", False, generation)
        for file in range(min(FILES_IN_A_DIRECTORY, files - start)):
            number, generation = number + 1, generation + 1
            yield _row(number, directory, f"{file:04}.txt", True, generation)


def _row(number: int, parent: int, name: str, is_file: bool, generation: int) -> Row:
    row = Row(number, parent, name, is_file, "", generation)
    key = key_text(uuid.UUID(int=_number_of(row)).bytes)
    return Row(number, parent, name, is_file, key, generation)


def _number_of(row: Row) -> int:
    """A UUID as a number; nothing else in a new cloud has such a one."""
    return (1 << 96) + row.number


def make_files(folder: Path, tree: Tree) -> None:
    """Make all the files."""
    paths = {0: str(folder)}
    for row in tree.rows:
        path = f"{paths[row.parent]}/{row.name}"
        if row.is_file:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        else:
            os.mkdir(path)
            paths[row.number] = path


def make_store(store: Path, folder: Path, tree: Tree) -> None:
    """The trees of a daemon that has all the files and agreed on them."""
    store.parent.mkdir(parents=True, mode=0o700)
    trees = TreeStore.open(store)
    connection = trees.connection
    connection.execute("PRAGMA synchronous=OFF")
    with trees.changing():
        trees.plant(tree.root_key)
        trees.note("generation", str(tree.generation))
        trees.note(ROOT_FACT, str(folder.stat().st_ino))
        connection.executemany(
            "INSERT INTO local_nodes (id, parent, name, kind, sha1, size, device, inode, bytes,"
            " mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _local(folder, tree),
        )
        connection.executemany(
            "INSERT INTO remote_nodes (id, parent, name, kind, sha1, size, key, generation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((*_common(row), row.key, row.generation) for row in tree.rows),
        )
        connection.executemany(
            "INSERT INTO entries (id, parent, name, kind, sha1, size, local, remote)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((*_common(row), row.number + 1, row.number + 1) for row in tree.rows),
        )
    trees.close()


def _common(row: Row) -> tuple[Any, ...]:
    """Id, parent, name, kind and content, as all three tables have them; the roots have 1."""
    kind, content = ("file", (_SHA1, 0)) if row.is_file else ("directory", (None, None))
    return (row.number + 1, row.parent + 1, row.name.encode(), kind, *content)


def _local(folder: Path, tree: Tree) -> Iterator[tuple[Any, ...]]:
    paths = {0: str(folder)}
    for row in tree.rows:
        path = f"{paths[row.parent]}/{row.name}"
        found = os.lstat(path)
        if row.is_file:
            seen = (0, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        else:
            paths[row.number] = path
            seen = (0, found.st_ino, 0, 0, 0)  # a directory's times say nothing
        yield (*_common(row), *seen)
