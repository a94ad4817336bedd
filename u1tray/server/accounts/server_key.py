"""The server key: from the environment, else from a file only the server's user can read.

While it is changed there are several, the new one first (see `rotation`): separated by commas in
the environment, one a line in the file.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from u1tray.disk import files
from u1tray.server.accounts.cipher import KEY_BYTES
from u1tray.vocabulary.errors import UsageError

FILE_NAME = "server.key"
VARIABLE = "U1SERVER_KEY"


def find_keys(directory: Path, environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """The keys of a data directory, none when there are none yet. Raises UsageError."""
    given = environment.get(VARIABLE, "")
    if given:
        source = f"the environment variable {VARIABLE}"
        return tuple(_decoded(part, source) for part in given.split(","))
    path = directory / FILE_NAME
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the server key {path}: {error}"
        raise UsageError(message) from error
    if path.stat().st_mode & 0o077:
        message = f"others can read the server key {path}: run `chmod 600 {path}`"
        raise UsageError(message)
    return tuple(_decoded(line, str(path)) for line in text.splitlines() or [""])


def make_key(directory: Path) -> bytes:
    """A new key, in its file on stable storage before it is used for anything."""
    key = new_key()
    descriptor, temporary = tempfile.mkstemp(prefix=FILE_NAME, dir=directory)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(encoded(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, directory / FILE_NAME)  # never replaces a key that is there
    finally:
        os.unlink(temporary)
    files.sync_directory(directory)
    return key


def write_keys(directory: Path, keys: Sequence[bytes]) -> None:
    """Put the keys into their file, in one step and on stable storage. Raises OSError."""
    data = b"".join(encoded(key) + b"\n" for key in keys)
    files.write_atomically(directory / FILE_NAME, data, files.OWNER_ONLY)


def remove_leftovers(directory: Path) -> None:
    """Remove what a killed process was writing. Nobody else may write now. Raises OSError."""
    for path in directory.glob(f".{FILE_NAME}.*"):
        path.unlink()


def new_key() -> bytes:
    """A key nobody can guess."""
    return os.urandom(KEY_BYTES)


def encoded(key: bytes) -> bytes:
    """A key as it stands in the file and in the environment."""
    return base64.urlsafe_b64encode(key)


def _decoded(text: str, source: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip().encode("ascii"))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{source} is not a server key: it must be {KEY_BYTES} bytes in base64url"
        raise UsageError(message)
    return key
