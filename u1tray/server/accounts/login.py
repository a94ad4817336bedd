"""Log-in: an e-mail address and a password give an account, a few guesses at a time (14)."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection

from u1tray.server.accounts import attempts, rules
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.values import Account
from u1tray.server.clock import Clock
from u1tray.server.storage.metadata import accounts as rows
from u1tray.server.storage.workers import Workers

P = ParamSpec("P")
T = TypeVar("T")


class Login:
    """Checks passwords, one at a time and outside the event loop."""

    def __init__(self, workers: Workers, passwords: Passwords, clock: Clock) -> None:
        self._workers = workers
        self._passwords = passwords
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "passwords")
        # Without it, many right log-ins at once would count each other as wrong.
        self._turn = asyncio.Lock()

    async def check(self, email: str, password: str, address: str) -> Account | None:
        """The account, disabled or not; None for a wrong password or no such account.

        `address` is the peer's, empty for a Unix socket. Raises TooManyAttemptsError.
        """
        key = rules.email_key(email)
        who = attempts.subjects(key, address)
        async with self._turn:
            numbers = await self._workers.note(attempts.begin, who, self._clock.now())
            account, stored = await self._workers.read(_account_and_hash, key)
            if not await self._is_right(stored, password):
                return None
            await self._workers.note(attempts.succeed, numbers)
        if account is not None and stored is not None and self._passwords.is_outdated(stored):
            fresh = await self._run(self._passwords.hash, password)
            await self._workers.write(rows.change, account.id, password_hash=fresh)
        return account

    def close(self) -> None:
        """Let a running check end."""
        self._thread.shutdown()

    async def _is_right(self, stored: str | None, password: str) -> bool:
        if rules.password_fault(password) is not None:
            stored, password = None, ""
        return await self._run(self._passwords.check, stored, password)

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _account_and_hash(connection: Connection, key: str) -> tuple[Account | None, str | None]:
    account = rows.by_email_key(connection, key) if rules.is_utf8(key) else None
    return account, rows.password_hash(connection, account.id) if account else None
