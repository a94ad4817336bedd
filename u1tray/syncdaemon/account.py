"""The person's wish to be connected, and the credentials for it from the bus (10.2).

Asks the Credentials service, never clears anything, and keeps the credentials in memory only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import OfflineError

_log = logging.getLogger(__name__)

CREDENTIALS_TIMEOUT_SECONDS = 30.0  # C6


class Account:
    """Who wants to be connected as whom. `wanted` and `left` tell when that changes."""

    def __init__(
        self, bus: Connection, *, wanted: Callable[[], None], left: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._wanted = wanted
        self._left = left
        self._wish = False
        self._asking: asyncio.Task[None] | None = None
        self._logging_in = False  # a window was asked for
        self.credentials: Credentials | None = None

    async def listen(self) -> None:
        """Hear what the Credentials service tells everybody; starts nothing."""
        for member, handler in (
            ("CredentialsFound", self._on_found),
            ("CredentialsCleared", self._on_cleared),
            ("AuthorizationDenied", self._on_denied),
        ):
            await self._bus.subscribe(
                names.CREDENTIALS,
                names.CREDENTIALS_PATH,
                names.CREDENTIALS_INTERFACE,
                member,
                handler,
            )

    def autoconnect(self) -> None:
        """Wish to be connected with stored credentials; asks for none."""
        self._wish = True
        self._ask(self._find())

    def connect(self) -> None:
        """Wish to be connected, with a window where nothing is stored. Never waits."""
        self._wish = True
        if self.credentials is not None:
            self._wanted()
        else:
            self._ask(self._find_or_log_in())

    def disconnect(self) -> None:
        """Wish no more; a window that is open may go on, but connects nobody."""
        self._wish = self._logging_in = False
        self._left()

    def stop(self) -> None:
        """Ask for nothing more."""
        if self._asking is not None:
            self._asking.cancel()

    def _ask(self, question: Coroutine[Any, Any, None]) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.ensure_future(question)

    async def _find(self) -> None:
        # The synchronous method never prompts (9.1): a locked keyring stays locked, silently.
        try:
            (found,) = await self._call("find_credentials_sync")
        except (CallError, OfflineError) as error:
            _log.info("no credentials: %s", _name_of(error))
            return
        if found:
            self._on_found(found)
        else:
            _log.info("no credentials are stored")

    async def _find_or_log_in(self) -> None:
        await self._find()
        if self.credentials is not None or not self._wish:
            return
        self._logging_in = True
        try:
            await self._call("login", "a{ss}", {"window_id": "0"})
        except (CallError, OfflineError) as error:
            self._logging_in = False
            _log.warning("nobody can log in: %s", _name_of(error))

    async def _call(self, member: str, signature: str = "", *values: Any) -> list[Any]:
        return await self._bus.call(
            names.CREDENTIALS,
            names.CREDENTIALS_PATH,
            names.CREDENTIALS_INTERFACE,
            member,
            signature,
            *values,
            timeout_seconds=CREDENTIALS_TIMEOUT_SECONDS,
        )

    def _on_found(self, found: object = None, *_more: object) -> None:
        credentials = Credentials.from_wire(found) if isinstance(found, Mapping) else None
        if credentials is None:
            _log.warning("the Credentials service sent credentials that lack a key")
            return
        self.credentials = credentials
        self._logging_in = False
        if self._wish:
            self._wanted()

    def _on_cleared(self, *_values: object) -> None:
        # Logged out: what is connected leaves, and a later log-in connects again.
        self.credentials = None
        self._left()

    def _on_denied(self, *_values: object) -> None:
        # Who closes the window of `connect` does not want it any more.
        if self._logging_in:
            self._logging_in = False
            self._wish = False


def _name_of(error: CallError | OfflineError) -> str:
    """The error without its text, which may be a foreign traceback."""
    return error.name if isinstance(error, CallError) else str(error)
