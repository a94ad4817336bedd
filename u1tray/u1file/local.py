"""Files of this computer, opened for what is to go to the cloud; and scratch files.

Knows nothing of the cloud. Errors of the disk leave here as our families.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from u1tray.u1file.moves import Moves
from u1tray.u1file.remote import printable
from u1tray.u1file.source import Source, identity
from u1tray.u1file.words import on_disk
from u1tray.vocabulary.errors import UsageError

_COPY_BYTES = 256 * 1024


def folder_error(path: str) -> UsageError:
    """What is said of a folder where a file is wanted."""
    return UsageError(f"{printable(path)} is a folder. To put it too, add --recursive.")


@contextlib.contextmanager
def source(path: Path, moves: Moves) -> Iterator[Source]:
    """A regular file to read. Raises UsageError for anything else, and what the disk says."""
    with contextlib.ExitStack() as stack:
        with on_disk(path):
            try:
                file = stack.enter_context(open(path, "rb", buffering=0, opener=_without_waiting))
            except IsADirectoryError:
                raise folder_error(str(path)) from None
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            text = f"{printable(str(path))} is not a file. Only files can be put."
            raise UsageError(text)
        with contextlib.closing(Source(path, file, moves)) as made:
            yield made


def small_content(path: str, size: int) -> bytes | None:
    """All of a regular file of at most `size` bytes, read in one go.

    None for what is more, or not a file, or changed meanwhile: `source` says what is wrong with it.
    Raises what the disk says.
    """
    with on_disk(path):
        descriptor = _without_waiting(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode) or before.st_size > size:
                return None
            data = os.read(descriptor, size + 1)
            if len(data) != before.st_size or identity(os.fstat(descriptor)) != identity(before):
                return None
        finally:
            os.close(descriptor)
    return data


@contextlib.contextmanager
def piped(moves: Moves) -> Iterator[Source]:
    """Standard input to its end, kept on the disk so that it can be read again."""
    with scratch() as file:
        place = Path("standard input")
        with on_disk(place):
            shutil.copyfileobj(sys.stdin.buffer, file, _COPY_BYTES)
        with contextlib.closing(Source(place, file, moves)) as made:
            yield made


@contextlib.contextmanager
def scratch() -> Iterator[FileIO]:
    """An empty, unbuffered file that nobody else sees and that is gone afterwards."""
    with contextlib.ExitStack() as stack:
        with on_disk(tempfile.gettempdir()):
            file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        yield file


def _without_waiting(path: str, flags: int) -> int:
    """Opened without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)
