"""Rows of second factors and of their recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from u1tray.server.storage.metadata.schema import recovery_codes, two_factor


@dataclass(frozen=True)
class Factor:
    """An account's second factor, on once it is confirmed. Times in Unix seconds."""

    account_id: int
    sealed_secret: bytes = field(repr=False)
    created_at: float
    confirmed_at: float | None
    last_step: int | None


_SELECT = select(
    two_factor.c.account_id,
    two_factor.c.sealed_secret,
    two_factor.c.created_at,
    two_factor.c.confirmed_at,
    two_factor.c.last_step,
)


def of_account(connection: Connection, account_id: int) -> Factor | None:
    """The second factor of an account, confirmed or not."""
    query = _SELECT.where(two_factor.c.account_id == account_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Factor(*row)


def add(connection: Connection, account_id: int, sealed_secret: bytes, now: float) -> None:
    """Store one that is still to be confirmed."""
    values = {"account_id": account_id, "sealed_secret": sealed_secret, "created_at": now}
    connection.execute(insert(two_factor).values(values))


def confirm(connection: Connection, account_id: int, now: float) -> None:
    """Turn it on."""
    _change = update(two_factor).where(two_factor.c.account_id == account_id)
    connection.execute(_change.values(confirmed_at=now))


def use_step(connection: Connection, account_id: int, step: int) -> bool:
    """Use a time step up, atomically; False when it or a later one was used already."""
    unused = or_(two_factor.c.last_step.is_(None), two_factor.c.last_step < step)
    change = update(two_factor).where(two_factor.c.account_id == account_id, unused)
    return connection.execute(change.values(last_step=step)).rowcount == 1


def remove_all(connection: Connection) -> int:
    """Forget the second factors of all accounts: how many there were."""
    connection.execute(delete(recovery_codes))
    return connection.execute(delete(two_factor)).rowcount


def remove(connection: Connection, account_id: int) -> None:
    """Forget the second factor of an account and its recovery codes."""
    for table in (two_factor, recovery_codes):
        connection.execute(delete(table).where(table.c.account_id == account_id))


def replace_codes(connection: Connection, account_id: int, digests: Sequence[bytes]) -> None:
    """Store recovery codes in place of those that are there."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    values = [{"account_id": account_id, "digest": digest} for digest in digests]
    connection.execute(insert(recovery_codes), values)


def use_code(connection: Connection, account_id: int, digest: bytes, now: float) -> bool:
    """Use a recovery code up, atomically; False for an unknown or used one."""
    change = update(recovery_codes).where(
        recovery_codes.c.account_id == account_id,
        recovery_codes.c.digest == digest,
        recovery_codes.c.used_at.is_(None),
    )
    return connection.execute(change.values(used_at=now)).rowcount == 1


def codes_left(connection: Connection, account_id: int) -> int:
    """How many recovery codes still work."""
    query = select(func.count()).select_from(recovery_codes)
    unused = query.where(
        recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None)
    )
    return int(connection.execute(unused).scalar_one())
