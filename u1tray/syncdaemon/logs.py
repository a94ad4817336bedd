"""Where the daemon's log goes: `$XDG_CACHE_HOME/u1tray/log`, rotating, for its owner only (10.6).

Nothing that is logged holds a secret: see the reprs of requests and credentials.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
from io import TextIOWrapper

from u1tray.vocabulary import places

FILE_NAME = "syncdaemon.log"
LARGEST_BYTES = 1_000_000
OLD_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def start_logging(*, debug: bool) -> None:
    """Log to the file, and warnings (with `debug` everything) to standard error too."""
    root = logging.getLogger("u1tray")
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.DEBUG if debug else logging.WARNING)
    console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    root.addHandler(console)
    for library in ("asyncio", "dbus_fast"):
        logging.getLogger(library).addHandler(console)
    try:
        file = _file_handler()
    except OSError as error:
        root.warning("there is no log file: %s", error)
        return
    root.addHandler(file)
    for library in ("asyncio", "dbus_fast"):
        logging.getLogger(library).addHandler(file)


class _OwnerOnly(logging.handlers.RotatingFileHandler):
    """Each file, also after a rotation, is readable by its owner alone."""

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        with contextlib.suppress(OSError):
            os.fchmod(stream.fileno(), 0o600)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base's name
        """A full disk is told in other ways than by a traceback for each line."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)


def _file_handler() -> logging.Handler:
    directory = places.log_directory()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / FILE_NAME
    handler = _OwnerOnly(
        path,
        maxBytes=LARGEST_BYTES,
        backupCount=OLD_FILES,
        encoding="utf-8",
        errors="backslashreplace",
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler
