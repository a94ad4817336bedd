"""The manifest of a backup: what belongs to it, with hashes. A backup is whole if it has one.

DIR/manifest.json         the newest whole backup; replaced in one step, last of all
DIR/metadata-NAME.sqlite  its metadata, whatever database the cloud has
DIR/contents/ab/cd/HASH   contents by SHA-256, shared by one backup and the next
DIR/server.key            only if it was asked for
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from u1tray.disk.files import OWNER_ONLY, write_atomically
from u1tray.vocabulary.errors import BusyError, NotFoundError, UsageError

FORMAT = 1
MANIFEST = "manifest.json"
CONTENTS = "contents"
_LOCK = "backup.lock"
_METADATA = re.compile(r"metadata-[0-9A-Za-z-]+\.sqlite")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Manifest:
    """What a whole backup says of itself. `contents_sha256` is over the sorted names of blobs."""

    format: int
    program: str
    revision: str
    created: str
    metadata: str
    metadata_sha256: str
    contents: int
    contents_bytes: int
    contents_sha256: str
    missing: tuple[str, ...]  # contents that the cloud itself had lost
    has_key: bool


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """From now on this is the backup. Raises OSError."""
    text = json.dumps(asdict(manifest), indent=2) + "\n"
    write_atomically(directory / MANIFEST, text.encode(), OWNER_ONLY)


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a whole backup. Raises NotFoundError without one, UsageError."""
    path = directory / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        message = f"there is no whole backup in {directory}"
        raise NotFoundError(message) from None
    except (OSError, ValueError) as error:
        message = f"cannot read {path}: {error}"
        raise UsageError(message) from error
    if (
        isinstance(found, dict)
        and isinstance(found.get("format"), int)
        and found["format"] > FORMAT
    ):
        message = f"{path} was written by a newer u1server"
        raise UsageError(message)
    if not _is_manifest(found):
        message = f"{path} is no manifest of a backup"
        raise UsageError(message)
    return Manifest(**{**found, "missing": tuple(found["missing"])})


def is_metadata(name: str) -> bool:
    """Whether a file of a backup holds metadata, of this backup or of an earlier one."""
    return bool(_METADATA.fullmatch(name))


def blob_path(directory: Path, sha256: bytes) -> Path:
    """Where a content of a backup is, or would be."""
    name = sha256.hex()
    return directory / CONTENTS / name[:2] / name[2:4] / name


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Nobody else writes or reads this backup. Raises BusyError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(directory / _LOCK, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        message = f"another u1server works on the backup in {directory}"
        raise BusyError(message) from None
    finally:
        os.close(descriptor)


_TYPES: dict[str, type] = {
    "format": int,
    "program": str,
    "revision": str,
    "created": str,
    "metadata": str,
    "metadata_sha256": str,
    "contents": int,
    "contents_bytes": int,
    "contents_sha256": str,
    "missing": list,
    "has_key": bool,
}


def _is_manifest(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == _TYPES.keys()
        and all(isinstance(found[name], kind) for name, kind in _TYPES.items())
        and is_metadata(found["metadata"])
        and all(isinstance(name, str) and _SHA256.fullmatch(name) for name in found["missing"])
    )
