"""REMOTE on the command line: a directory of an account, as the file rules address it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from u1tray.server.accounts import register
from u1tray.server.files import paths, volumes
from u1tray.server.files.operations import Address, Found, find
from u1tray.server.files.values import Names
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import volumes as volume_rows
from u1tray.vocabulary.errors import NotFoundError, RefusedError, UsageError


def parse_remote(typed: str) -> Names:
    """`~/Docs/a`, `Docs/a`, or what a shell made of it, as names. Raises UsageError."""
    below = typed
    for beginning in ("~/", "/~/", f"{Path.home()}/"):
        if typed.startswith(beginning):
            below = typed[len(beginning) :]
            break
    names = [name for name in below.split("/") if name]
    if not names or names == [paths.HOME]:
        message = f"{typed!r} names nothing in the cloud: write for example ~/Docs/letters"
        raise UsageError(message)
    try:
        return (paths.HOME, *paths.check_names(names))
    except Refusal as refusal:
        message = f"{typed!r}: {refusal.text}"
        raise UsageError(message) from None


def account_id(connection: Connection, email: str) -> int:
    """The id of an account. Raises NotFoundError."""
    return register.find(connection, email).id


def volume_names(connection: Connection, account: int, names: Names) -> Names:
    """The names of the volume that a path lies in. Raises NotFoundError."""
    path = "/".join(names)
    found = volume_rows.containing(connection, account, path)
    if found is None:
        message = f"there is no volume {'/'.join(names[:2])}: --create-volume makes it"
        raise NotFoundError(message)
    return names[: found.path.count("/") + 1]


def create_volume(connection: Connection, account: int, names: Names, now: float) -> None:
    """Make the volume that a path begins with, unless there is one. Raises RefusedError."""
    if volume_rows.containing(connection, account, "/".join(names)) is not None:
        return
    try:
        volumes.ensure(connection, account, "/".join(names[:2]), now)
    except Refusal as refusal:
        raise RefusedError(refusal.text, code=refusal.code.value) from None


def find_directory(connection: Connection, account: int, names: Names) -> Found:
    """The live directory of a path. Raises NotFoundError, RefusedError for a file."""
    try:
        found = find(connection, Address(account, names))
    except Refusal as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise RefusedError(refusal.text, code=refusal.code.value) from None
        message = f"there is no {'/'.join(names)} in the cloud"
        raise NotFoundError(message) from None
    if found.node.is_file:
        message = f"{'/'.join(names)} is a file"
        raise RefusedError(message)
    return found
