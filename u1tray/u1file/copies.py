"""Copies within the cloud: a content is read once to hash it, and never goes up again.

The cloud fills the copy from what it holds (REST contract, 8); only where it says it does not
know the content, what was read is sent. Prints nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from io import FileIO
from pathlib import Path

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.blocking.files import Files
from u1tray.rest.nodes import DIRECTORY, FILE, Node, Place, Spot
from u1tray.rest.urls import CONTENT
from u1tray.u1file import local, receiving
from u1tray.u1file.moves import Moves
from u1tray.u1file.sink import Sink
from u1tray.u1file.source import Source
from u1tray.vocabulary.errors import ConflictError, NotFoundError


class Copier:
    """Copies files, also by many threads; equal contents are read once.

    `force` replaces files that are there already.
    """

    def __init__(self, *, force: bool) -> None:
        self._force = force
        self._known: dict[str, str] = {}  # hash -> magic hash
        self._turns: dict[str, threading.Lock] = {}  # hash -> who may find out about it

    def file(self, cloud: Cloud, source: Node, path: str, moves: Moves) -> Node:
        """The copy of a file at `path`. Raises ConflictError where there is something already."""
        files = cloud.files
        if source.hash is None:  # without content, which cannot be filled with nothing
            made, is_new = files.make(path, FILE)
            if not is_new and not (made.is_file and (made.hash is None or self._force)):
                raise _occupied()
            return made
        return self._filled(files, source, source.hash, self._target(files, path), moves)

    def folder(self, cloud: Cloud, path: str) -> Node:
        """The folder at `path`, made if it is not there."""
        made, _ = cloud.files.make(path, DIRECTORY)
        if made.is_file:
            raise _occupied()
        return made

    def _target(self, files: Files, path: str) -> Place:
        """What is there, or would be: nothing is made before its content is there."""
        try:
            target = files.node(path)
        except NotFoundError:
            return Spot(path, CONTENT + path, None)
        if not target.is_file or (target.hash is not None and not self._force):
            raise _occupied()
        return target

    def _filled(self, files: Files, source: Node, sha1: str, target: Place, moves: Moves) -> Node:
        with self._turns.setdefault(sha1, threading.Lock()):
            magic = self._known.get(sha1)
            if magic is None:
                with local.scratch() as file:
                    return self._read_and_filled(files, source, target, moves, file)
        filled = files.fill(target, sha1, magic, force=self._force)
        if filled is not None:
            return filled
        with local.scratch() as file:
            return self._read_and_filled(files, source, target, moves, file)

    def _read_and_filled(
        self, files: Files, source: Node, target: Place, moves: Moves, file: FileIO
    ) -> Node:
        place = Path(tempfile.gettempdir())
        with contextlib.closing(Sink(place, file, moves)) as sink:
            source = receiving.download(files, source, sink)
        with contextlib.closing(Source(place, file, moves)) as read:
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
