"""Locks by name, for what no row stands for yet. Held until the transaction ends."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, bindparam, func, select

_LOCK = select(func.pg_advisory_xact_lock(bindparam("number")))
_TRY = select(func.pg_try_advisory_xact_lock(bindparam("number")))


def lock(connection: Connection, *names: bytes) -> None:
    """Wait until no other writing transaction holds one of these names.

    On SQLite nothing needs to be done: writing transactions exclude each other.
    """
    if connection.dialect.name != "postgresql":
        return
    # In one order everywhere, so that nobody waits in a circle.
    for number in sorted(_number(name) for name in names):
        connection.execute(_LOCK, {"number": number})


def try_lock(connection: Connection, name: bytes) -> bool:
    """As `lock`, but False instead of waiting."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(_TRY, {"number": _number(name)}).scalar_one())


def _number(name: bytes) -> int:
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
