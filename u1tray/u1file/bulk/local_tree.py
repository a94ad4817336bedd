"""Trees of this computer, walked bit by bit: memory for one folder's listing at most."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from u1tray.u1file.words import on_disk
from u1tray.vocabulary.errors import NotFoundError, U1Error

CHUNK_FILES = 500


class LocalFile(NamedTuple):
    """A regular file as it was when its folder was read."""

    name: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True)
class Chunk:
    """Some files of the folder `path` (relative, `''` for the root).

    `is_last` with its folders told, of which `has_children` says whether anything was in it.
    """

    path: str
    files: list[LocalFile]
    has_children: bool


def walk(
    root: str,
    is_excluded: Callable[[str], bool],
    skipped: Callable[[str, U1Error | None], object],
) -> Iterator[Chunk]:
    """All chunks below a folder. Links and special files are told as `skipped`, not followed.

    So are, with their error, folders that cannot be read and files that cannot be looked at; a
    folder at the root is raised. What is gone already was never there.
    """
    waiting = [""]
    while waiting:
        path = waiting.pop()
        try:
            yield from _directory(root, path, waiting, is_excluded, skipped)
        except U1Error as error:
            if not path:
                raise
            skipped(path, error)


def _directory(
    root: str,
    path: str,
    waiting: list[str],
    is_excluded: Callable[[str], bool],
    skipped: Callable[[str, U1Error | None], object],
) -> Iterator[Chunk]:
    place = os.path.join(root, path) if path else root
    files: list[LocalFile] = []
    has_children = False
    with on_disk(place):
        found = os.scandir(place)
    with found:
        for entry in _entries(found, place):
            below = f"{path}/{entry.name}" if path else entry.name
            if is_excluded(below):
                has_children = True
                continue
            if entry.is_dir(follow_symlinks=False):
                has_children = True
                waiting.append(below)
                continue
            try:
                one = _file(entry, f"{place}/{entry.name}")
            except NotFoundError:
                continue
            except U1Error as error:
                skipped(below, error)
                has_children = True
                continue
            if one is None:
                skipped(below, None)
                continue
            has_children = True
            files.append(one)
            if len(files) >= CHUNK_FILES:
                yield Chunk(path, files, True)
                files = []
    if files or not has_children:
        yield Chunk(path, files, has_children)


def _entries(found: Iterator[os.DirEntry[str]], place: str) -> Iterator[os.DirEntry[str]]:
    while True:
        with on_disk(place):
            some = list(itertools.islice(found, CHUNK_FILES))
        if not some:
            return
        yield from some


def _file(entry: os.DirEntry[str], place: str) -> LocalFile | None:
    """None for a link and a special file. What the disk says is raised as ours."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        with on_disk(place):
            raise error
    if not stat.S_ISREG(status.st_mode):
        return None
    return LocalFile(entry.name, status.st_size, status.st_mtime_ns, status.st_ino)


def local_file(path: str) -> LocalFile:
    """One file, followed where it is a link. What the disk says is raised as ours."""
    with on_disk(path):
        status = os.stat(path)
    name = os.path.basename(path)
    return LocalFile(name, status.st_size, status.st_mtime_ns, status.st_ino)
