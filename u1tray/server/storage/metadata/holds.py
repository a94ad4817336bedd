"""Holds: while one is there, nobody removes a content's bytes.

A backup reads which contents there are, and copies them afterwards. A hold ends by itself some
time after it was last renewed, so that a killed backup does not stop the collector for ever.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from u1tray.server.storage.metadata.locks import lock
from u1tray.server.storage.metadata.schema import facts

HOLD_S = 900.0
_PREFIX = "hold:"
_LOCK = b"hold"


def renew(connection: Connection, name: str, now: float) -> None:
    """Have nothing removed until `HOLD_S` from now, in a writing transaction."""
    lock(connection, _LOCK)  # who dooms contents now is done when this is there
    mine = facts.c.name == _PREFIX + name
    value = f"{now + HOLD_S:.0f}".encode()
    if connection.execute(update(facts).where(mine).values(value=value)).rowcount == 0:
        connection.execute(insert(facts).values(name=_PREFIX + name, value=value))


def release(connection: Connection, name: str) -> None:
    """End a hold; one that is not there does no harm."""
    connection.execute(delete(facts).where(facts.c.name == _PREFIX + name))


def is_held(connection: Connection, now: float) -> bool:
    """Whether anybody holds the contents; asked in the transaction that dooms some."""
    lock(connection, _LOCK)
    found = select(facts.c.value).where(facts.c.name.startswith(_PREFIX, autoescape=True))
    return any(float(value) > now for value in connection.execute(found).scalars())


def forget_all(connection: Connection) -> None:
    """Remove every hold, in a copy of a database that nobody holds."""
    condition = facts.c.name.startswith(_PREFIX, autoescape=True)
    connection.execute(delete(facts).where(condition))
