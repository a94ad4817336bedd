"""Logging in by e-mail and password: a new token, complete and ready to be stored.

Speaks to the cloud over rest; stores nothing (REST contract, 14; D-Bus contract, 9.2).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from u1tray.credentials import rules
from u1tray.rest import settings
from u1tray.rest.requests import token_name
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import UsageError

if TYPE_CHECKING:
    from u1tray.rest.asynchronous.cloud import Cloud
    from u1tray.rest.settings import CloudSettings

_log = logging.getLogger(__name__)

PROGRAM = "u1tray"
ATTEMPTS = 3


@dataclass(frozen=True)
class Login:
    """What a person gave. The repr shows none of it."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    otp: str = field(default="", repr=False)

    @classmethod
    def from_wire(cls, arguments: Mapping[str, str]) -> Login:
        """Read login_email_password's dict. Raises InvalidEmailError or InvalidPasswordError."""
        email = arguments.get("email", "").strip()
        password = arguments.get("password", "")
        if not email:
            text = "The e-mail address is missing."
            raise rules.refused(CredentialsErrorType.INVALID_EMAIL, text)
        if not password:
            text = "The password is missing."
            raise rules.refused(CredentialsErrorType.INVALID_PASSWORD, text)
        return cls(email, password, arguments.get("otp", "").strip())


async def log_in(login: Login, host: str) -> Credentials:
    """Credentials for this computer, pinged. Raises the families of `vocabulary.errors`."""
    cloud_settings = settings.load()
    if cloud_settings is None:
        text = "No cloud is set. Set its address first, for example in the preferences of u1tray."
        raise UsageError(text)
    async with await cloud_at(cloud_settings, ATTEMPTS) as cloud:
        return await log_in_at(cloud, login, host)


async def log_in_at(cloud: Cloud, login: Login, device: str) -> Credentials:
    """The same at a cloud that is spoken with already, for a device of that name."""
    issued = await cloud.issue_token(
        login.email, login.password, token_name(device, PROGRAM), login.otp
    )
    cloud.sign_for(issued)
    await cloud.ping(login.email)
    _log.info("logged in to %s", cloud.settings.api_url)
    return issued


async def cloud_at(cloud_settings: CloudSettings, attempts: int) -> Cloud:
    """A client, unsigned, to be closed."""
    client = await asyncio.to_thread(_client)
    return client(cloud_settings, program="u1tray-credentials", limit=attempts)


def _client() -> type[Cloud]:
    """The client, loaded for a log-in only: the bus starts us far more often to look things up."""
    from u1tray.rest.asynchronous.cloud import Cloud  # noqa: PLC0415

    return Cloud
