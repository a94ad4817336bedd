"""Room for contents: the account's quota, asked before, while and when something is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, select, update

from u1tray.server.accounts.values import AccountState
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata.schema import accounts
from u1tray.server.storage.metadata.statement import Statement

# Looks and counts at once, and changes nothing where it finds no room.
_GROWTH = bindparam("growth", type_=BigInteger)
_USED_THEN = accounts.c.used_bytes + _GROWTH
_GROW = Statement(
    update(accounts)
    .where(
        accounts.c.id == bindparam("account_id"),
        (_GROWTH <= 0)
        | (accounts.c.state == AccountState.ACTIVE.value)
        & (accounts.c.quota_bytes.is_(None) | (accounts.c.quota_bytes >= _USED_THEN)),
    )
    .values(used_bytes=_USED_THEN)
)
_MOVE = Statement(
    update(accounts).where(accounts.c.id == bindparam("account_id")).values(used_bytes=_USED_THEN)
)
_ROOM = Statement(
    select(accounts.c.quota_bytes, accounts.c.used_bytes, accounts.c.state)
    .where(accounts.c.id == bindparam("account_id"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True)
class Limit:
    """What an upload may grow to: `max_upload_bytes`, and what the quota leaves.

    `free` is without the `old_size` bytes that it replaces; where that is None, the quota is left
    to the commit.
    """

    max_bytes: int | None
    free: int
    old_size: int | None

    def check(self, size: int) -> None:
        """Raises Refusal `too_large`, `quota_exceeded`."""
        if self.max_bytes is not None and size > self.max_bytes:
            raise Refusal(Code.TOO_LARGE, f"A file has at most {self.max_bytes} bytes here.")
        if self.old_size is not None:
            check_free(self.free, size - self.old_size)


def grow(connection: Connection, account_id: int, growth: int) -> None:
    """Move an account's `used` by what its live files grow, in the transaction that makes them.

    An account without a limit may fill the disk, which says itself when it is full. Raises
    Refusal, and then nothing moved: `quota_exceeded`, or `account_disabled` where that happened
    while the bytes came in.
    """
    while growth and not _GROW.run(connection, account_id=account_id, growth=growth).rowcount:
        row = _ROOM.one(connection, account_id=account_id)
        assert row is not None
        total, used, state = row
        if state != AccountState.ACTIVE.value:
            raise Refusal(Code.ACCOUNT_DISABLED, "This account is disabled.")
        if total is not None:
            check_free(max(0, total - used), growth)
        # It was changed in between; now the row is locked, so once more is enough.


class Room:
    """The room of an account in one transaction that makes many files: counted here, and written
    by `finish`. Refuses as `grow` does.
    """

    def __init__(self, connection: Connection, account_id: int) -> None:
        self._connection = connection
        self._account_id = account_id
        self._growth = 0
        self._row: tuple[Any, ...] | None = None  # locked, once it was read

    def check(self, growth: int) -> None:
        """Whether there is so much more. Raises Refusal `quota_exceeded`, `account_disabled`."""
        if growth <= 0:
            return
        if self._row is None:
            self._row = _ROOM.one(self._connection, account_id=self._account_id)
            assert self._row is not None
        total, used, state = self._row
        if state != AccountState.ACTIVE.value:
            raise Refusal(Code.ACCOUNT_DISABLED, "This account is disabled.")
        if total is not None:
            check_free(max(0, total - used - self._growth), growth)

    def grow(self, growth: int) -> None:
        """Take so much of it, or give it back. Raises Refusal."""
        self.check(growth)
        self._growth += growth

    def finish(self) -> None:
        """Move `used`."""
        if self._growth:
            _MOVE.run(self._connection, account_id=self._account_id, growth=self._growth)


def check_free(free: int, size: int) -> None:
    """Refuse what does not fit. Raises Refusal `quota_exceeded`."""
    if size > free:
        text = f"There is no room: {free} bytes are free and {size} are needed."
        raise Refusal(Code.QUOTA_EXCEEDED, text, free_bytes=free, needed_bytes=size)
