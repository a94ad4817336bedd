"""Changes noted in the transaction that makes them.

The rows themselves note, where a volume's generation, a token's end or an account's state is
written, so that no writer can forget it. Who commits hands the notes over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection

from u1tray.server.changes.values import Change

_KEY = "changes"


@contextlib.contextmanager
def gathering(connection: Connection) -> Iterator[list[Change]]:
    """The list that the notes of a transaction go to."""
    changes: list[Change] = []
    info = connection.info  # cannot be asked for once the connection is lost
    info[_KEY] = changes
    try:
        yield changes
    finally:
        info.pop(_KEY, None)


@contextlib.contextmanager
def part(connection: Connection) -> Iterator[None]:
    """A part of a transaction whose notes an exception drops, as it undoes the part."""
    noted: list[Change] | None = connection.info.get(_KEY)
    before = 0 if noted is None else len(noted)
    try:
        yield
    except BaseException:
        if noted is not None:
            del noted[before:]
        raise


def note(connection: Connection, change: Change) -> None:
    """Have a change told once the transaction is committed."""
    noted: list[Change] | None = connection.info.get(_KEY)
    if noted is not None:
        noted.append(change)
