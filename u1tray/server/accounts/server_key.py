"""The server key: from the environment, else from a file only the server's user can read."""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from u1tray.server.accounts.cipher import KEY_BYTES
from u1tray.vocabulary.errors import UsageError

FILE_NAME = "server.key"
VARIABLE = "U1SERVER_KEY"


def find_key(directory: Path, environment: Mapping[str, str]) -> bytes | None:
    """The key of a data directory, or None when there is none yet. Raises UsageError."""
    given = environment.get(VARIABLE, "")
    if given:
        return _decoded(given, f"the environment variable {VARIABLE}")
    path = directory / FILE_NAME
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the server key {path}: {error}"
        raise UsageError(message) from error
    if path.stat().st_mode & 0o077:
        message = f"others can read the server key {path}: run `chmod 600 {path}`"
        raise UsageError(message)
    return _decoded(text, str(path))


def make_key(directory: Path) -> bytes:
    """A new key, in its file on stable storage before it is used for anything."""
    key = os.urandom(KEY_BYTES)
    descriptor, temporary = tempfile.mkstemp(prefix=FILE_NAME, dir=directory)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, directory / FILE_NAME)  # never replaces a key that is there
    finally:
        os.unlink(temporary)
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key


def _decoded(text: str, source: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip().encode("ascii"))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{source} is not a server key: it must be {KEY_BYTES} bytes in base64url"
        raise UsageError(message)
    return key
