"""Many contents on their way together: a few bytes in memory, more in an unnamed file.

So neither a slow reader nor many readers at once hold much memory.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

from u1tray.server.api.bytes import OCTETS
from u1tray.server.api.spool import MAX_MEMORY_BYTES
from u1tray.server.messages.response import FilePart, Response, file_response
from u1tray.server.storage.disk import disk_errors

# Where a content is: its offset and its size.
Span = tuple[int, int]


class Gathered:
    """Contents at their places. Used by one thread at a time; blocks.

    Raises QuotaError `server_full`, BusyError `maintenance`. Ends with `response` or `close`.
    """

    def __init__(self, size: int, directory: Path) -> None:
        """`size` is that of all."""
        self._size = size
        self._file = cast(BinaryIO, io.BytesIO())
        if size > MAX_MEMORY_BYTES:
            with disk_errors():
                # The listener closes it.
                self._file = cast(BinaryIO, tempfile.TemporaryFile(dir=directory))  # noqa: SIM115

    def put(self, contents: Iterable[tuple[int, bytes]]) -> None:
        """Contents, each with its offset."""
        with disk_errors():
            for offset, data in contents:
                self._file.seek(offset)
                self._file.write(data)

    def keep_only(self, spans: Iterable[Span]) -> None:
        """Drop all else: what is kept, in the order of its offsets, moves up."""
        end = 0
        with disk_errors():
            for offset, size in spans:
                if offset != end:
                    self._file.seek(offset)
                    data = self._file.read(size)
                    self._file.seek(end)
                    self._file.write(data)
                end += size
        self._size = end

    def response(self, line: bytes) -> Response:
        """The line and all contents behind it."""
        if self._size > MAX_MEMORY_BYTES:
            with disk_errors():
                self._file.flush()
            return file_response(FilePart(self._file, 0, self._size, line), OCTETS)
        with disk_errors():
            self._file.seek(0)
            data = self._file.read(self._size)
        self.close()
        return Response(200, OCTETS, line + data)

    def close(self) -> None:
        """Let go of it: what it still buffers may not fit on the disk."""
        with contextlib.suppress(OSError):
            self._file.close()
