"""A response of any length, made from pieces: a long one lies in an unnamed file.

So a slow reader holds neither a snapshot of the database nor much memory.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from u1tray.server.messages.response import FilePart, Response, file_response
from u1tray.server.storage.disk import disk_errors

MAX_MEMORY_BYTES = 256 * 1024


def spooled_response(pieces: Iterator[bytes], content_type: str, directory: Path) -> Response:
    """200 with all pieces; reads them before it returns.

    Raises QuotaError `server_full`, BusyError `maintenance`.
    """
    begun, size = [], 0
    for piece in pieces:
        begun.append(piece)
        size += len(piece)
        if size > MAX_MEMORY_BYTES:
            break
    else:
        return Response(200, content_type, b"".join(begun))
    with disk_errors():
        # The listener closes it.
        file = cast(BinaryIO, tempfile.TemporaryFile(dir=directory))  # noqa: SIM115
        try:
            file.writelines(begun)
            file.writelines(pieces)
            file.flush()
            return file_response(FilePart(file, 0, file.tell()), content_type)
        except BaseException:
            _let_go(file)
            raise


def _let_go(file: BinaryIO) -> None:
    """Close a file that is worth nothing: what it still buffers may not fit on the disk."""
    with contextlib.suppress(OSError):
        file.close()
