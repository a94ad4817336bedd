"""A file or folder of this computer beside one of the cloud: what is only here, only there, other.

Contents are compared by size and hash; times and modes do not count. Changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from u1tray.u1file.bulk.local_tree import Chunk, LocalFile, walk
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.u1file.words import on_disk
from u1tray.vocabulary.errors import U1Error

_PART_BYTES = 1024 * 1024

Skipped = Callable[[str, U1Error | None], object]


class Kind(str, Enum):
    """How two sides differ at a path."""

    ONLY_HERE = "only here"
    ONLY_THERE = "only there"
    DIFFERS = "differs"


@dataclass(frozen=True, order=True)
class Difference:
    """`path` is relative to both sides, with a slash at the end of a folder; `''` for a file."""

    path: str
    kind: Kind


def folders(root: str, tree: RemoteTree, skipped: Skipped) -> Iterator[Difference]:
    """What differs below a folder here and one there; links and special files are `skipped`."""
    for chunk in walk(root, lambda _path: False, skipped):
        yield from _of_chunk(root, chunk, tree)
    for entry in tree.entries():
        if not _is_here(root, entry):
            yield Difference(_shown(entry), Kind.ONLY_THERE)


def files(place: str, size: int | None, sha1: str | None) -> bool:
    """Whether a file here has that content. Raises what the disk says, as ours."""
    with on_disk(place):
        if os.stat(place).st_size != size:
            return False
        return _sha1(place) == sha1


def _of_chunk(root: str, chunk: Chunk, tree: RemoteTree) -> Iterator[Difference]:
    if chunk.path and not (_is_text(chunk.path) and tree.has_folder(chunk.path)):
        yield Difference(f"{chunk.path}/", Kind.ONLY_HERE)
    there = tree.of(chunk.path, _texts(chunk.files)) if _is_text(chunk.path) else {}
    for one in chunk.files:
        path = f"{chunk.path}/{one.name}" if chunk.path else one.name
        entry = there.get(one.name)
        if entry is None:
            yield Difference(path, Kind.ONLY_HERE)
        elif not (entry.is_file and files(os.path.join(root, path), entry.size, entry.sha1)):
            yield Difference(path, Kind.DIFFERS)


def _is_here(root: str, entry: Entry) -> bool:
    """Whether something of that name is here; another kind was told as differing if a file."""
    try:
        found = os.lstat(os.path.join(root, entry.path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # what cannot be looked at was `skipped`
    return not (entry.is_file and stat.S_ISDIR(found.st_mode))


def _shown(entry: Entry) -> str:
    return entry.path if entry.is_file else f"{entry.path}/"


def _texts(found: list[LocalFile]) -> list[str]:
    """The names that the cloud could keep (REST contract, 3)."""
    return [one.name for one in found if _is_text(one.name)]


def _is_text(path: str) -> bool:
    return path.isascii() or not any("\ud800" <= c <= "\udfff" for c in path)


def _sha1(place: str) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with open(place, "rb", buffering=0) as file:
        while part := file.read(_PART_BYTES):
            digest.update(part)
    return f"sha1:{digest.hexdigest()}"
