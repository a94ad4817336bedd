"""A folder of the cloud and all below, listed once and kept where large listings cost no memory.

One request where the cloud announces whole trees (REST contract, 16.5), else one a folder (6).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from u1tray.rest import fields, trees
from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.nodes import FILE, Node
from u1tray.u1file.remote import printable
from u1tray.vocabulary.errors import ContractError

_CACHE_KIB = 8 * 1024
_NOT_NAMES = frozenset({"", ".", ".."})
# An empty name: a database that nobody sees, on the disk once it outgrows its cache.
_PRIVATE = ""

# Path, whether it is a file, size, hash, time of change.
_Facts = tuple[str, bool, int | None, str | None, str]


class Entry(NamedTuple):
    """A node below the folder; `folder` is relative to it, `''` for the folder itself.

    `size` and `sha1` are None for a folder and for a file without content.
    """

    folder: str
    name: str
    is_file: bool
    size: int | None
    sha1: str | None
    when_changed: str

    @property
    def path(self) -> str:
        """Relative to the listed folder."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def tag(self) -> str | None:
        """The entity tag of the content (3)."""
        return None if self.sha1 is None else f'"{self.sha1}"'


class RemoteTree:
    """What is below `root`, a `resource_path`; empty until it is listed. One thread's.

    `is_new`: there was no such folder before.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.is_new = False
        self._db = sqlite3.connect(_PRIVATE, isolation_level=None)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE entry (folder TEXT, name TEXT, is_file INT, size INT, sha1 TEXT,"
            " when_changed TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def list(self, cloud: Cloud) -> None:
        """Ask the cloud. Raises NotFoundError where there is no such folder, RefusedError for a
        file."""
        if cloud.announces(trees.FEATURE):
            cloud.files.tree_into(self.root, self._row, self._begin)
            return
        waiting = [self.root]
        add = self._begin()
        while waiting:
            children = cloud.files.directory(waiting.pop()).children
            add(_entry(self.root, _facts(child)) for child in children)
            waiting += [child.resource_path for child in children if not child.is_file]

    def entries(self) -> Iterator[Entry]:
        """All of them, parents before children, by folder and name."""
        return map(_read, self._db.execute("SELECT * FROM entry ORDER BY folder, name"))

    def of(self, folder: str, names: Sequence[str]) -> dict[str, Entry]:
        """Those of the names that a folder has; one that is no UTF-8 no folder of the cloud has."""
        names = [name for name in names if _is_text(name)] if _is_text(folder) else []
        marks = ",".join("?" * len(names))
        found = self._db.execute(
            f"SELECT * FROM entry WHERE folder = ? AND name IN ({marks})",  # noqa: S608 - marks only
            (folder, *names),
        )
        return {entry.name: entry for entry in map(_read, found)}

    def has_folder(self, path: str) -> bool:
        """Whether there is such a folder below."""
        folder, _, name = path.rpartition("/")
        found = self.of(folder, [name]).get(name)
        return found is not None and not found.is_file

    def forget(self, path: str) -> None:
        """Take out an entry and what is below it."""
        folder, _, name = path.rpartition("/")
        self._db.execute("DELETE FROM entry WHERE folder = ? AND name = ?", (folder, name))
        below = (path, f"{path}/", f"{path}0")  # '0' comes right behind '/'
        self._db.execute("DELETE FROM entry WHERE folder = ? OR (folder > ? AND folder < ?)", below)

    def sums(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        query = "SELECT count(*), total(size) FROM entry WHERE is_file"
        count, size = self._db.execute(query).fetchone()
        return count, int(size)

    def _begin(self) -> Callable[[Iterator[Entry | None]], object]:
        self._db.execute("DELETE FROM entry")
        return self._add

    def _add(self, entries: Iterator[Entry | None]) -> None:
        self._db.execute("BEGIN")
        try:
            self._db.executemany(
                "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)", filter(None, entries)
            )
        finally:
            self._db.execute("COMMIT")

    def _row(self, body: fields.Object) -> Entry | None:
        """The entry in a line of the listing; None for the folder itself."""
        is_file = fields.text(body, "kind") == FILE
        size = fields.count(body, "size") if is_file and body.get("size") is not None else None
        sha1 = fields.optional(body, "hash") if is_file else ""
        path, changed = fields.text(body, "resource_path"), fields.text(body, "when_changed")
        return _entry(self.root, (path, is_file, size, sha1 or None, changed))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _facts(node: Node) -> _Facts:
    return node.resource_path, node.is_file, node.size, node.hash, node.when_changed


def _entry(root: str, facts: _Facts) -> Entry | None:
    """Raises ContractError for what is not below the root: names become places on this disk."""
    path, is_file, size, sha1, changed = facts
    if path == root:
        return None
    names = path[len(root) + 1 :].split("/")
    if not path.startswith(f"{root}/") or not _NOT_NAMES.isdisjoint(names) or "\0" in path:
        text = f"The cloud lists a name that cannot be: {printable(path)!r}. Tell whoever runs it."
        raise ContractError(text)
    return Entry("/".join(names[:-1]), names[-1], is_file, size, sha1, changed)


def _read(row: tuple[str, str, int, int | None, str | None, str]) -> Entry:
    folder, name, is_file, size, sha1, when_changed = row
    return Entry(folder, name, bool(is_file), size, sha1, when_changed)
