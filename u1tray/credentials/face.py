"""`com.ubuntuone.CredentialsManagement` on the bus: converts, delegates, replies (9.1)."""

from __future__ import annotations

import asyncio

from u1tray.credentials import rules
from u1tray.credentials.dialog.messages import Page
from u1tray.credentials.idle import Idle
from u1tray.credentials.keeper import Keeper
from u1tray.credentials.outcomes import Outcome
from u1tray.credentials.running import Running
from u1tray.service.errors import MethodError
from u1tray.service.interfaces import Interface, Signal, method
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.errors import U1Error

FIND_AT_ONCE_LIMIT_SECONDS = 4.5  # the sync method replies within 5 s


class CredentialsFace(Interface):
    """The interface. Arguments and results hold secrets: none is logged."""

    name = names.CREDENTIALS_INTERFACE
    signals = (
        Signal("AuthorizationDenied"),
        Signal("CredentialsFound", "a{ss}", ("credentials",)),
        Signal("CredentialsNotFound"),
        Signal("CredentialsCleared"),
        Signal("CredentialsStored"),
        Signal("CredentialsError", "a{ss}", ("error_dict",)),
    )

    def __init__(self, keeper: Keeper, idle: Idle) -> None:
        self._keeper = keeper
        self._idle = idle
        self._running = Running(self._announce, idle)

    async def stop(self) -> None:
        """End what is being done, without signals."""
        await self._running.stop()
        await self._keeper.stop()

    @method()
    async def find_credentials(self) -> None:
        await self._running.serve("find", self._keeper.find)

    @method(outputs="a{ss}")
    async def find_credentials_sync(self) -> dict[str, str]:
        with self._idle.busy():
            try:
                return await asyncio.wait_for(
                    self._keeper.find_at_once(), FIND_AT_ONCE_LIMIT_SECONDS
                )
            except U1Error as error:
                raise _method_error(rules.errtype_of(error)) from None
            except asyncio.TimeoutError:
                kind = CredentialsErrorType.KEYRING_NOT_AVAILABLE.value
                raise _method_error(kind) from None

    @method()
    async def clear_credentials(self) -> None:
        await self._running.serve("clear", self._keeper.clear)

    @method("a{ss}")
    async def store_credentials(self, credentials: dict[str, str]) -> None:
        await self._running.serve(
            ("store", _key(credentials)),
            lambda waiting: self._keeper.store(credentials, waiting),
        )

    @method("a{ss}")
    async def register(self, args: dict[str, str]) -> None:
        await self._log_in_by_window(args, Page.REGISTER)

    @method("a{ss}")
    async def login(self, args: dict[str, str]) -> None:
        await self._log_in_by_window(args, Page.LOG_IN)

    @method("a{ss}")
    async def login_email_password(self, args: dict[str, str]) -> None:
        await self._running.serve(
            ("password", _key(args)),
            lambda waiting: self._keeper.log_in_by_password(args, waiting),
        )

    async def _log_in_by_window(self, args: dict[str, str], page: Page) -> None:
        # One window at a time: whoever asks while it is open shares its outcome.
        await self._keeper.raise_window()
        await self._running.serve(
            "window", lambda waiting: self._keeper.log_in_by_window(args, page, waiting)
        )

    def _announce(self, outcome: Outcome) -> None:
        if outcome.value is None:
            self.emit(outcome.signal)
        else:
            self.emit(outcome.signal, dict(outcome.value))


def _key(arguments: dict[str, str]) -> frozenset[tuple[str, str]]:
    """What makes two requests equal."""
    return frozenset(arguments.items())


def _method_error(errtype: str) -> MethodError:
    return MethodError(names.CREDENTIALS_ERROR_PREFIX + errtype, errtype)
