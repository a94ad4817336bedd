"""Password hashing away from the event loop, one at a time: each takes 7 MiB and some time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from u1tray.server.accounts.passwords import Passwords


class PasswordThread:
    """Hashes and checks passwords in a thread of its own (see `Passwords`)."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._thread = ThreadPoolExecutor(1, "passwords")

    async def hash(self, password: str) -> str:
        """The hash to store."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._passwords.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None, for no such account, takes as long and is not."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._passwords.check, stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._passwords.is_outdated(stored)

    def close(self) -> None:
        """Let running work end."""
        self._thread.shutdown()
