"""A directory of an account into a local folder, beside a serving cloud.

Every file is written beside, verified, and renamed. No link is followed out of the folder: each
directory is opened from the one above it. What is there already with the same bytes is kept.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from u1tray.server.admin.crew import Crew
from u1tray.server.admin.folders.report import Reason, Tally
from u1tray.server.admin.hashing import fingerprint_of
from u1tray.server.admin.progress import Progress
from u1tray.server.files.values import Content, Names, Node
from u1tray.server.storage.blobs.protocol import CHUNK_BYTES, Blobs
from u1tray.server.storage.metadata import contents as content_rows
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.errors import UsageError

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class _Item:
    """A file of the cloud, with what is known of its content."""

    names: Names
    node: Node
    content: Content | None


@dataclass(frozen=True)
class _Done:
    """What became of a file: written, kept (no reason, not written), or left out."""

    item: _Item
    is_written: bool = False
    reason: Reason | None = None


class Exporter:
    """Exports one directory."""

    def __init__(
        self, database: Database, blobs: Blobs, tally: Tally, progress: Progress, *, force: bool
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._tally = tally
        self._progress = progress
        self._force = force

    def run(self, directory: Node, local: Path) -> None:
        """Export a directory of the cloud. Raises UsageError, QuotaError, OSError."""
        self._progress.stage("files")
        top = _open_top(local)
        try:
            with Crew() as crew:
                for names, children in self._directories(directory):
                    self._export(top, names, children, crew)
        finally:
            os.close(top)
        os.sync()

    def _directories(self, top: Node) -> Iterator[tuple[Names, list[Node]]]:
        """Names and children of every directory, parents first, each as it is when it is read."""
        waiting: list[tuple[Names, int]] = [((), top.id)]
        while waiting:
            names, node_id = waiting.pop()
            with self._database.reading() as connection:
                children = rows.children(connection, node_id)
            below = [((*names, one.name), one.id) for one in children if not one.is_file]
            waiting.extend(reversed(below))
            yield names, [one for one in children if one.is_file]

    def _export(self, top: int, names: Names, files: list[Node], crew: Crew) -> None:
        try:
            place = _open_below(top, names)
        except OSError as error:
            is_other = error.errno in _IN_THE_WAY
            reason = Reason.IN_THE_WAY if is_other else Reason.UNWRITABLE
            self._tally.leave_out("/".join(names), reason)
            for node in files:
                self._tally.leave_out("/".join((*names, node.name)), reason)
            return
        self._tally.directories += bool(names)

        def work(item: _Item) -> _Done:
            return self._work(place, item, crew)

        try:
            for done in crew.map(work, self._items(names, files)):
                self._progress.advance()
                self._count(done)
        finally:
            os.close(place)

    def _items(self, names: Names, files: list[Node]) -> Iterator[_Item]:
        for node in files:
            content = None
            if node.content_id is not None:
                with self._database.reading() as connection:
                    content = content_rows.by_id(connection, node.content_id)
            yield _Item((*names, node.name), node, content)

    def _count(self, done: _Done) -> None:
        if done.reason is not None:
            self._tally.leave_out("/".join(done.item.names), done.reason)
        elif done.is_written:
            self._tally.files += 1
            self._tally.size += done.item.node.size or 0
        else:
            self._tally.kept += 1

    def _work(self, place: int, item: _Item, crew: Crew) -> _Done:
        if item.content is None:
            is_empty = item.node.content_id is None
            return _Done(item, reason=Reason.NO_CONTENT if is_empty else Reason.DAMAGED)
        try:
            seen = _look(place, item.node.name, item.content, crew)
            reason = None if self._force and seen is _Seen.OTHER else _REASONS[seen]
            if reason is not None or seen is _Seen.SAME:
                return _Done(item, reason=reason)
            is_whole = self._write(place, item.node, item.content, crew)
        except OSError as error:
            if error.errno in _FULL:
                raise
            is_lost = isinstance(error, FileNotFoundError)
            return _Done(item, reason=Reason.DAMAGED if is_lost else Reason.UNWRITABLE)
        return _Done(item, is_written=is_whole, reason=None if is_whole else Reason.DAMAGED)

    def _write(self, place: int, node: Node, content: Content, crew: Crew) -> bool:
        """Whether the bytes were those that they should be; else nothing is left of them."""
        beside = f".{secrets.token_hex(8)}.u1export"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(beside, flags, 0o666, dir_fd=place)
        try:
            with os.fdopen(descriptor, "wb") as file:
                found = fingerprint_of(crew.watched(self._read(content)), also=file.write)
                file.flush()
                os.utime(file.fileno(), (node.changed_at, node.changed_at))
            if found.sha256 != content.sha256:
                return False
            os.rename(beside, node.name, src_dir_fd=place, dst_dir_fd=place)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=place)
        return True

    def _read(self, content: Content) -> Iterator[bytes]:
        if not content.is_inline:
            yield from self._blobs.read(content.sha256)
            return
        with self._database.reading() as connection:
            data = content_rows.small_data(connection, content.id)
        yield data


class _Seen(Enum):
    """What stands where a file belongs."""

    NOTHING = "nothing"
    SAME = "same"
    OTHER = "other"
    DIRECTORY = "directory"


_REASONS = {
    _Seen.NOTHING: None,
    _Seen.SAME: None,
    _Seen.OTHER: Reason.DIFFERS,
    _Seen.DIRECTORY: Reason.IN_THE_WAY,
}
_IN_THE_WAY = frozenset({errno.ENOTDIR, errno.ELOOP})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def _look(place: int, name: str, content: Content, crew: Crew) -> _Seen:
    try:
        found = os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return _Seen.NOTHING
    if stat.S_ISDIR(found.st_mode):
        return _Seen.DIRECTORY
    if stat.S_ISREG(found.st_mode) and found.st_size == content.size:
        with contextlib.suppress(PermissionError):
            if _sha256(place, name, crew) == content.sha256:
                return _Seen.SAME
    return _Seen.OTHER


def _open_top(local: Path) -> int:
    try:
        local.mkdir(parents=True, exist_ok=True)
        return os.open(local, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        message = f"cannot use {local}: {error.strerror or error}"
        raise UsageError(message) from error


def _open_below(top: int, names: Names) -> int:
    """A directory below another, made where it is missing; no link on the way is followed."""
    current = os.dup(top)
    try:
        for name in names:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=current)
            below = os.open(name, _DIRECTORY, dir_fd=current)
            os.close(current)
            current = below
    except BaseException:
        os.close(current)
        raise
    return current


def _sha256(place: int, name: str, crew: Crew) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=place), "rb", buffering=0) as file:
        return fingerprint_of(crew.watched(iter(lambda: file.read(CHUNK_BYTES), b""))).sha256
