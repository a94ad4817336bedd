"""Log-in: an e-mail address, a password and a code where one is wanted give an account (14).

A few guesses at a time.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection

from u1tray.server.accounts import attempts, rules, two_factor
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.password_thread import PasswordThread
from u1tray.server.accounts.two_factor import TwoFactorFailedError, TwoFactorRequiredError
from u1tray.server.accounts.values import Account, AccountState, Verified
from u1tray.server.clock import Clock
from u1tray.server.storage.metadata import accounts as rows
from u1tray.server.storage.metadata import web_sessions as session_rows
from u1tray.server.storage.workers import Workers


class Login:
    """Checks passwords and codes, one log-in at a time and outside the event loop."""

    def __init__(
        self, workers: Workers, passwords: PasswordThread, clock: Clock, mint: Mint
    ) -> None:
        self._workers = workers
        self._passwords = passwords
        self._clock = clock
        self._mint = mint
        # Without it, many right log-ins at once would count each other as wrong.
        self._turn = asyncio.Lock()

    async def check(
        self, email: str, password: str, address: str, code: str = ""
    ) -> Verified | None:
        """The account, disabled or not; None for a wrong password or no such account.

        `address` is the peer's, empty for a Unix socket; `code` is of the person's device or a
        recovery code, looked at where the account wants one and is not disabled. A right code
        works once. Raises TooManyAttemptsError, TwoFactorRequiredError, TwoFactorFailedError.
        """
        key = rules.email_key(email)
        async with self._turn:
            numbers = await self._begin(key, address)
            account, stored = await self._workers.read(_account_and_hash, key)
            if not await self._is_right(stored, password) or account is None or stored is None:
                return None
            wants_code = await self._wants_code(account)
            if wants_code and code.strip():
                await self._use_code(account, code)
            await self._workers.note(attempts.succeed, numbers)
        if wants_code and not code.strip():
            raise TwoFactorRequiredError(Verified(account, stored))
        if self._passwords.is_outdated(stored):
            return await self._with_fresh_hash(Verified(account, stored), password)
        return Verified(account, stored)

    async def check_code(self, account: Account, code: str, address: str) -> None:
        """Return if a code is right, for a person whose password was right already.

        Wrong ones count as wrong passwords do. Raises TooManyAttemptsError,
        TwoFactorFailedError.
        """
        async with self._turn:
            numbers = await self._begin(rules.email_key(account.email), address)
            await self._use_code(account, code)
            await self._workers.note(attempts.succeed, numbers)

    async def _begin(self, key: str, address: str) -> list[int]:
        who = attempts.subjects(key, address)
        return await self._workers.note(attempts.begin, who, self._clock.now())

    async def _wants_code(self, account: Account) -> bool:
        if account.state is not AccountState.ACTIVE:
            return False
        return await self._workers.read(two_factor.is_on, account.id)

    async def _use_code(self, account: Account, code: str) -> None:
        now = self._clock.now()
        # Durable: a code must not work again after a loss of power either.
        if not await self._workers.write(two_factor.verify, self._mint, account.id, code, now):
            raise TwoFactorFailedError

    async def _with_fresh_hash(self, verified: Verified, password: str) -> Verified | None:
        """Store the password anew, unless another did meanwhile; None if it is right no more."""
        account, stored = verified.account, verified.password_hash
        fresh = await self._passwords.hash(password)
        if await self._workers.write(_rehash, account.id, stored, fresh):
            return Verified(account, fresh)
        now_stored = await self._workers.read(rows.password_hash, account.id)
        if now_stored is None or not await self._is_right(now_stored, password):
            return None
        return Verified(account, now_stored)

    async def _is_right(self, stored: str | None, password: str) -> bool:
        if rules.password_fault(password) is not None:
            stored, password = None, ""
        return await self._passwords.check(stored, password)


def _rehash(connection: Connection, account_id: int, stored: str, fresh: str) -> bool:
    """The same password under another hash, so every browser stays logged in."""
    if not rows.replace_hash(connection, account_id, stored, fresh):
        return False
    session_rows.replace_marks(connection, account_id, stored, fresh)
    return True


def _account_and_hash(connection: Connection, key: str) -> tuple[Account | None, str | None]:
    account = rows.by_email_key(connection, key) if rules.is_storable(key) else None
    return account, rows.password_hash(connection, account.id) if account else None
