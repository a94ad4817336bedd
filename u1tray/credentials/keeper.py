"""What each method of the Credentials service does, without the bus (D-Bus contract, 9.1-9.2).

Every method gives an Outcome or raises one of our errors. `waiting` is called before a person
or the network is waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from u1tray.credentials import outcomes, rules
from u1tray.credentials.dialog.messages import Page
from u1tray.credentials.dialog.process import no_window
from u1tray.credentials.dialog.windows import Windows
from u1tray.credentials.login import Login, log_in
from u1tray.credentials.outcomes import Outcome
from u1tray.credentials.vaults import Asking, Vault
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import KeyringError

Waiting = Callable[[], None]
LogIn = Callable[[Login, str], Awaitable[Credentials]]


class Keeper:
    """Keeps the account's credentials in one vault. Without `windows` nobody is asked."""

    def __init__(
        self,
        vault: Vault,
        host: str,
        log_in: LogIn = log_in,
        *,
        windows: Windows | None = None,
    ) -> None:
        self._vault = vault
        self._host = host
        self._log_in = log_in
        self._windows = windows

    async def find(self, waiting: Waiting) -> Outcome:
        """find_credentials."""
        stored = await self._vault.find(Asking.UNLESS_JUST_REFUSED, waiting)
        return outcomes.NOT_FOUND if stored is None else outcomes.found(stored)

    async def find_at_once(self) -> dict[str, str]:
        """find_credentials_sync: the dict, `{}` for none; never asks anybody."""
        stored = await self._vault.find(Asking.NEVER)
        return {} if stored is None else stored.to_wire()

    async def clear(self, waiting: Waiting) -> Outcome:
        """clear_credentials."""
        await self._vault.clear(Asking.UNLESS_JUST_REFUSED, waiting)
        return outcomes.CLEARED

    async def store(self, given: Mapping[str, str], waiting: Waiting) -> Outcome:
        """store_credentials."""
        credentials = rules.named(Credentials.from_wire(given), self._host)
        if credentials is None:
            text = "Credentials need token, token_secret, consumer_key and consumer_secret."
            raise rules.refused(CredentialsErrorType.INVALID_CREDENTIALS, text)
        await self._vault.store(credentials, Asking.UNLESS_JUST_REFUSED, waiting)
        return outcomes.STORED

    async def log_in_by_window(
        self, given: Mapping[str, str], page: Page, waiting: Waiting
    ) -> Outcome:
        """login and register: the stored ones, else what a person does at the window."""
        refusal: KeyringError | None = None
        try:
            stored = await self._vault.find(Asking.ALWAYS, waiting)
        except KeyringError as error:
            stored, refusal = None, error
        if stored is not None:
            return outcomes.found(stored)
        if self._windows is None:
            raise refusal or no_window()
        return await self._windows.log_in(given, page, refusal, waiting)

    async def stop(self) -> None:
        """Wait until nothing is on the screen any more; after what was under way has ended."""
        if self._windows is not None:
            await self._windows.stop()

    async def raise_window(self) -> None:
        """A second login or register: the open window comes to the front."""
        if self._windows is not None:
            await self._windows.bring_up()

    async def log_in_by_password(self, given: Mapping[str, str], waiting: Waiting) -> Outcome:
        """login_email_password: the stored ones, else new ones, stored before they are told."""
        stored = await self._vault.find(Asking.ALWAYS, waiting)
        if stored is not None:
            return outcomes.found(stored)
        login = Login.from_wire(given)
        waiting()
        issued = rules.named(await self._log_in(login, self._host), self._host)
        assert issued is not None
        await self._vault.store(issued, Asking.ALWAYS, waiting)
        return outcomes.found(issued)
