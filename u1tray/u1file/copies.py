"""Copies within the cloud: a content is read once to hash it, and never goes up again.

The cloud fills the copy from what it holds (REST contract, 8); only where it says it does not
know the content, what was read is sent. Prints nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from u1tray.rest.blocking import Cloud
from u1tray.rest.nodes import DIRECTORY, FILE, Node
from u1tray.u1file import local, transfers
from u1tray.u1file.sink import Sink
from u1tray.vocabulary.errors import ConflictError, U1Error

Advance = Callable[[int], None]


class Copier:
    """Copies one file after the other; equal contents are read once.

    `force` replaces files that are there already.
    """

    def __init__(
        self, cloud: Cloud, start: Callable[[int], None], advance: Advance, *, force: bool
    ):
        self._cloud = cloud
        self._start = start
        self._advance = advance
        self._force = force
        self._known: dict[str, str] = {}  # hash -> magic hash

    def file(self, source: Node, path: str) -> Node:
        """The copy of a file at `path`. Raises ConflictError where there is something already."""
        target, is_new = self._target(path)
        try:
            return self._filled(source, target)
        except BaseException:
            if is_new:
                with contextlib.suppress(U1Error):
                    self._cloud.files.delete(path)
            raise

    def folder(self, path: str) -> Node:
        """The folder at `path`, made if it is not there."""
        made, _ = self._cloud.files.make(path, DIRECTORY)
        if made.is_file:
            raise _occupied()
        return made

    def _target(self, path: str) -> tuple[Node, bool]:
        target, is_new = self._cloud.files.make(path, FILE)
        if not target.is_file or (target.hash is not None and not self._force):
            raise _occupied()
        return target, is_new

    def _filled(self, source: Node, target: Node) -> Node:
        if source.hash is None:
            return target  # a file without content has none to copy
        magic = self._known.get(source.hash)
        if magic is not None:
            filled = self._cloud.files.fill(target, source.hash, magic, force=self._force)
            if filled is not None:
                return filled
        with local.scratch() as file:
            return self._read_and_filled(source, target, file)

    def _read_and_filled(self, source: Node, target: Node, file: FileIO) -> Node:
        files = self._cloud.files
        place = Path(tempfile.gettempdir())
        with contextlib.closing(Sink(place, file, self._advance)) as sink:
            source = transfers.download(files, source, sink, self._start)
        with contextlib.closing(local.Source(place, file, self._start, self._advance)) as read:
            sha1, magic = read.hashes()
            filled = files.fill(target, sha1, magic, force=self._force)
            if filled is not None:
                self._known[sha1] = magic
                return filled
            return files.put_content(
                target, read.size, read.parts, read.sent_hash, force=self._force
            )


def _occupied() -> ConflictError:
    text = "There is something of this name already. To replace a file, add --force."
    return ConflictError(text)
