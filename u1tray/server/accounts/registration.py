"""Self-registration: people make their own accounts, where the administrator lets them.

There is no mail to confirm an address with, so that an address is taken cannot be hidden
altogether: the words do not say it, the time taken does not, and few tries are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping

from u1tray.server.accounts import attempts, register, rules
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.password_thread import PasswordThread
from u1tray.server.accounts.register import NewAccount
from u1tray.server.accounts.values import Verified
from u1tray.server.clock import Clock
from u1tray.server.settings.options import Settings
from u1tray.server.storage.workers import Workers
from u1tray.vocabulary.errors import ConflictError, RefusedError

_NOT_THIS_ADDRESS = "this e-mail address cannot be registered here"


class RegistrationFaultsError(Exception):
    """The form is refused: `faults` has a sentence by field (`email`, `password`, `name`)."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(faults)))
        self.faults = dict(faults)


class Registration:
    """Makes accounts for whoever asks, a few for each address in an hour."""

    def __init__(
        self,
        workers: Workers,
        passwords: PasswordThread,
        clock: Clock,
        mint: Mint,
        settings: Settings,
    ) -> None:
        self._workers = workers
        self._passwords = passwords
        self._clock = clock
        self._mint = mint
        self._quota_bytes = settings.registration_quota
        self.is_open = settings.registration == "open"

    async def register(self, email: str, password: str, name: str, address: str) -> Verified:
        """The new account; it can log in at once.

        `name` is the person's and may be empty; `address` is the peer's, empty for a Unix
        socket. Raises RefusedError where registration is closed, RegistrationFaultsError,
        TooManyAttemptsError.
        """
        if not self.is_open:
            message = "registration is closed: ask the administrator for an account"
            raise RefusedError(message)
        email, name = email.strip(), name.strip()
        faults = faults_of(email, password, name)
        if faults:
            raise RegistrationFaultsError(faults)
        now = self._clock.now()
        who = (attempts.registration_subject(address),)
        await self._workers.note(attempts.begin, who, now, attempts.REGISTRATION)
        hashed = await self._passwords.hash(password)
        new = NewAccount(email, name, self._quota_bytes)
        try:
            account = await self._workers.write(register.create, new, hashed, self._mint, now)
        except ConflictError:
            raise RegistrationFaultsError({"email": _NOT_THIS_ADDRESS}) from None
        return Verified(account, hashed)


def faults_of(email: str, password: str, name: str) -> dict[str, str]:
    """A sentence by field for what cannot be; empty when all can."""
    found = {
        "email": rules.email_fault(email),
        "password": rules.chosen_password_fault(password, email),
        "name": rules.visible_name_fault(name),
    }
    return {field: fault for field, fault in found.items() if fault is not None}
