"""One log-in by the window: from its first page to credentials that are stored (9.2, 9.5).

Decides what the window shows next. The person may close it at any moment, also while the cloud
or the keyring is waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from u1tray.credentials import outcomes, rules
from u1tray.credentials.dialog import clouds
from u1tray.credentials.dialog.messages import (
    AskRegistration,
    Attempt,
    Forgotten,
    Message,
    Page,
    Passphrase,
    Problem,
    Registration,
    Show,
)
from u1tray.credentials.login import Login
from u1tray.credentials.outcomes import Outcome
from u1tray.credentials.vaults import Asking, Vault
from u1tray.credentials.vaults.encrypted_file import EncryptedFileVault, PassphraseError
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import BusyError, KeyringError, U1Error

_log = logging.getLogger(__name__)


class Window(Protocol):
    """What a conversation needs of a window."""

    async def send(self, message: Message) -> None:
        """Say something."""

    async def next(self) -> Message:
        """What the window says next."""

    async def closed(self) -> None:
        """Wait until the person closed it; raises when it crashed."""


class Conversation:
    """`file` is the encrypted vault, where it may be used."""

    def __init__(
        self, window: Window, vault: Vault, file: EncryptedFileVault | None, host: str
    ) -> None:
        self._window = window
        self._vault = vault
        self._file = file
        self._host = host
        self._issued: Credentials | None = None
        self._failure: U1Error | None = None
        self._answers: Mapping[type[Message], Callable[[Any], Awaitable[Outcome | None]]] = {
            Attempt: self._attempt,
            AskRegistration: self._ask_registration,
            Passphrase: self._passphrase,
            Forgotten: self._forgotten,
        }

    async def outcome(self) -> Outcome:
        """How it ended: Found, or AuthorizationDenied for a window that was closed.

        Credentials that were issued and could not be stored are the error that this was. Raises
        an error of ours when the window crashed.
        """
        closed = asyncio.ensure_future(self._window.closed())
        talking = asyncio.ensure_future(self._talk())
        try:
            await asyncio.wait({closed, talking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                return talking.result()
            closed.result()
        finally:
            closed.cancel()
            talking.cancel()
            await asyncio.gather(closed, talking, return_exceptions=True)
        if self._failure is not None:
            raise self._failure
        return outcomes.DENIED

    async def _talk(self) -> Outcome:
        while True:
            message = await self._window.next()
            answer = self._answers.get(type(message))
            if answer is None:
                continue
            found = await answer(message)
            if found is not None:
                return found

    # --- what a person does ---------------------------------------------------------------

    async def _attempt(self, attempt: Attempt) -> Outcome | None:
        page = Page.CODE if attempt.otp else Page.LOG_IN
        try:
            login = Login(attempt.email, attempt.password, attempt.otp)
            cloud = clouds.chosen(attempt.cloud_url)
            device = attempt.device.strip() or self._host
            issued = await clouds.log_in(cloud, login, device)
            clouds.keep(cloud)
        except U1Error as error:
            await self._complain(error, page)
            return None
        self._issued = rules.named(issued, self._host)
        return await self._store(page)

    async def _passphrase(self, said: Passphrase) -> Outcome | None:
        assert self._file is not None
        self._file.say_passphrase(said.passphrase)
        if self._issued is not None:
            return await self._store(Page.NEW_PASSPHRASE)
        try:
            stored = await self._vault.find(Asking.ALWAYS)
        except U1Error as error:
            self._file.say_passphrase(None)
            await self._complain(error, Page.OPEN_VAULT)
            return None
        if stored is None:
            await self._window.send(Show(Page.LOG_IN.value))
            return None
        return outcomes.found(stored)

    async def _forgotten(self, _message: Forgotten) -> None:
        await self._window.send(Show(Page.LOG_IN.value))

    async def _ask_registration(self, asked: AskRegistration) -> None:
        try:
            cloud = clouds.chosen(asked.cloud_url)
            answer = Registration(await clouds.registration_url(cloud))
        except U1Error as error:
            _log.info("no registration page: %s", error.text)
            answer = Registration(problem=clouds.problem_of(error))
        await self._window.send(answer)

    # --- what follows ---------------------------------------------------------------------

    async def _store(self, page: Page) -> Outcome | None:
        assert self._issued is not None
        try:
            await self._vault.store(self._issued, Asking.ALWAYS)
        except KeyringError as error:
            self._failure = error
            if self._may_take_passphrase(error):
                await self._window.send(Show(Page.NEW_PASSPHRASE.value))
            else:
                await self._complain(error, page)
            return None
        return outcomes.found(self._issued)

    def _may_take_passphrase(self, error: KeyringError) -> bool:
        return wants_passphrase(error) or may_make_vault(error, self._file)

    async def _complain(self, error: U1Error, page: Page) -> None:
        _log.info("not logged in: %s", error.text)
        problem = clouds.problem_of(error)
        if isinstance(error, PassphraseError) and error.is_wrong:
            problem = Problem.WRONG_PASSPHRASE.value
        if problem == CredentialsErrorType.TWO_FACTOR_REQUIRED.value:
            page, problem = Page.CODE, ""
        elif problem in _ABOUT_THE_FORM:
            page = Page.LOG_IN
        after = error.retry_after if isinstance(error, BusyError) else None
        await self._window.send(
            Show(page.value, problem, error.text, round(after or 0), error.oops_id)
        )


_ABOUT_THE_FORM = frozenset(
    {
        CredentialsErrorType.AUTHENTICATION.value,
        CredentialsErrorType.INVALID_EMAIL.value,
        CredentialsErrorType.INVALID_PASSWORD.value,
        CredentialsErrorType.REGISTRATION.value,
        CredentialsErrorType.INSECURE_CONNECTION.value,
        Problem.BAD_ADDRESS.value,
        Problem.NO_ADDRESS.value,
        Problem.NOT_A_CLOUD.value,
    }
)


def wants_passphrase(error: KeyringError) -> bool:
    """Whether the vault is there and lacks nothing but its passphrase."""
    return isinstance(error, PassphraseError)


def may_make_vault(error: KeyringError, file: EncryptedFileVault | None) -> bool:
    """Whether there is no keyring, and a person may set up the vault in its place."""
    return rules.is_not_available(error) and file is not None and not file.is_set_up
