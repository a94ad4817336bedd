"""login and register: the window, one at a time, and how its conversation ended (9.2, 9.5)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping

from u1tray.credentials.dialog import clouds
from u1tray.credentials.dialog.arguments import opening
from u1tray.credentials.dialog.conversation import Conversation, may_make_vault, wants_passphrase
from u1tray.credentials.dialog.messages import Page, Raise
from u1tray.credentials.dialog.process import WindowProcess, is_possible, no_window
from u1tray.credentials.outcomes import DENIED, Outcome
from u1tray.credentials.vaults import Vault
from u1tray.credentials.vaults.encrypted_file import EncryptedFileVault
from u1tray.rest.settings import API_VARIABLE
from u1tray.vocabulary.errors import KeyringError

_log = logging.getLogger(__name__)


class Windows:
    """`file` is the encrypted vault, None where the configuration rules it out."""

    def __init__(self, vault: Vault, file: EncryptedFileVault | None, host: str) -> None:
        self._vault = vault
        self._file = file
        self._host = host
        self._open: WindowProcess | None = None
        self._ending: set[asyncio.Future[None]] = set()

    async def log_in(
        self,
        given: Mapping[str, str],
        page: Page,
        refusal: KeyringError | None,
        waiting: Callable[[], None],
    ) -> Outcome:
        """What a person does at the window, to its end.

        `refusal` is why nothing could be looked up; raised again where no window can help.
        """
        if refusal is not None:
            page = self._page_after(refusal, page)
        if not is_possible(os.environ):
            raise refusal or no_window()
        waiting()
        known = clouds.current()
        first = opening(
            given,
            page,
            cloud_url="" if known is None else known.api_url,
            url_is_fixed=bool(os.environ.get(API_VARIABLE, "").strip()),
            device=self._host,
        )
        window = await WindowProcess.start(first)
        self._open = window
        try:
            talk = Conversation(window, self._vault, self._file, self._host)
            outcome = await talk.outcome()
        except BaseException:
            self._forget_passphrase()
            raise
        else:
            if outcome is DENIED:
                self._forget_passphrase()
            return outcome
        finally:
            self._open = None
            # Not waited for: who asks anew after this has a window of their own.
            ending = asyncio.ensure_future(window.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def bring_up(self) -> None:
        """Raise the window, if one is open."""
        if self._open is not None:
            await self._open.send(Raise())

    async def stop(self) -> None:
        """Wait until the windows of ended requests are gone."""
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _forget_passphrase(self) -> None:
        if self._file is not None:
            self._file.say_passphrase(None)

    def _page_after(self, refusal: KeyringError, page: Page) -> Page:
        if wants_passphrase(refusal):
            return Page.OPEN_VAULT
        if may_make_vault(refusal, self._file):
            return page
        raise refusal
