"""Finds what the engine put into a trash, whoever's it is, and moves it back to the folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import (
    DIRECTORY,
    Root,
    decoded,
    encoded,
    expecting,
    has_same_bytes,
    look_at,
)
from u1tray.engine.local.hashing import changed
from u1tray.engine.local.renames import move_without_replacing
from u1tray.engine.local.trash import INFO, Trash
from u1tray.engine.ports import Names, Stat

_MOST_INFO_BYTES = 65536
_PATH = b"Path="


class Retrieval:
    """The trashes of one folder, to take things from. In threads."""

    def __init__(self, root: Root, trashes: Sequence[Trash]) -> None:
        self._root = root
        self._trashes = {str(trash.path): trash for trash in trashes}

    def find(self, wanted: Sequence[tuple[Names, Stat]]) -> list[str | None]:
        """Where in a trash each thing is that was at a path and looked so."""
        root = os.path.realpath(self._root.path)  # as in real_path: no links below it
        originals = [os.path.join(root, *names) for names, _ in wanted]
        searched = set(originals)
        places: dict[str, list[tuple[Trash, str]]] = {}
        for trash in self._trashes.values():
            for entry, original in _entries(trash):
                if original in searched:
                    places.setdefault(original, []).append((trash, entry))
        return [
            self._among(places.get(original, []), stat)
            for original, (_, stat) in zip(originals, wanted, strict=True)
        ]

    def bring_back(self, place: str, stat: Stat, names: Names) -> Stat:
        """Move something that looks as in `stat` to a free place. Raises Changed, DiskError."""
        where, entry = os.path.split(place)
        trash = self._trashes[os.path.dirname(where)]
        with (
            expecting(names),
            _opened(trash.path / "files") as files,
            self._root.directory(names[:-1]) as parent,
        ):
            _check(files, entry, stat)
            try:
                move_without_replacing(files, entry, parent, names[-1])
            except FileExistsError as error:
                raise changed() from error
            os.fsync(parent)
            with contextlib.suppress(OSError):
                os.unlink(encoded(str(trash.path / "info" / (entry + INFO))))
            return _check(parent, names[-1], stat)

    def _among(self, places: list[tuple[Trash, str]], stat: Stat) -> str | None:
        for trash, entry in places:
            with contextlib.suppress(OSError), _opened(trash.path / "files") as files:
                if _is_as(look_at(files, entry), stat):
                    return trash.where(entry)
        return None


def _entries(trash: Trash) -> list[tuple[str, str]]:
    """What is in a trash, and where each was."""
    found = []
    with contextlib.suppress(OSError), _opened(trash.path / "info") as info:
        for name in sorted(os.listdir(info)):
            original = _original(info, name) if name.endswith(INFO) else None
            if original is not None:
                path = os.path.join(trash.top, original) if trash.top else original
                found.append((name.removesuffix(INFO), path))
    return found


def _original(info: int, name: str) -> str | None:
    """The path in a .trashinfo file."""
    try:
        descriptor = os.open(encoded(name), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=info)
    except OSError:
        return None
    try:
        lines = os.read(descriptor, _MOST_INFO_BYTES).split(b"\n")
    finally:
        os.close(descriptor)
    for line in lines:
        if line.startswith(_PATH):
            return decoded(unquote_to_bytes(line.removeprefix(_PATH)))
    return None


def _check(directory: int, name: str, stat: Stat) -> Stat:
    found = look_at(directory, name)
    if found is None or not _is_as(found, stat):
        raise changed()
    return found


def _is_as(found: Stat | None, stat: Stat) -> bool:
    """A directory is known by its inode alone."""
    if found is not None and stat.kind is Kind.DIRECTORY:
        return (found.kind, found.inode) == (stat.kind, stat.inode)
    return has_same_bytes(found, stat)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
