"""Uploads that were begun, so that the same command goes on where another one ended (16.3, 17).

One small file each, under `$XDG_STATE_HOME`; it holds no secret. Nothing here asks the cloud.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from pathlib import Path

from u1tray.disk.files import OWNER_ONLY, make_directory, write_atomically
from u1tray.vocabulary import places

_log = logging.getLogger(__name__)

# The cloud forgets an upload seven days after its last byte (16.3).
KEPT_SECONDS = 8 * 86400.0


class Memory:
    """The upload of one file to one place; `key` holds all that makes it this one."""

    def __init__(self, *key: object) -> None:
        name = hashlib.sha256(json.dumps([str(part) for part in key]).encode()).hexdigest()
        self._place = directory() / f"{name}.json"

    def find(self) -> str:
        """The URL of the upload that was begun, `''` for none."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            return str(json.loads(self._place.read_text(encoding="utf-8"))["url"])
        return ""

    def keep(self, url: str) -> None:
        """Remember it; where that cannot be, the next run begins anew."""
        try:
            make_directory(self._place.parent)
            _forget_old(self._place.parent)
            text = json.dumps({"url": url})
            write_atomically(self._place, text.encode(), OWNER_ONLY)
        except OSError as error:
            _log.info("the upload cannot be remembered: %s", error)

    def forget(self) -> None:
        """There is nothing to go on with any more."""
        with contextlib.suppress(OSError):
            self._place.unlink()


def directory() -> Path:
    """Where they are."""
    return places.state_home() / places.PROGRAM / "uploads"


def _forget_old(place: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    with os.scandir(place) as found:
        for entry in found:
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(entry.path)
