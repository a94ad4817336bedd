"""Which cloud a person typed, whether it is one, where it makes accounts (REST contract, 13, 14).

Registration is not part of the REST contract: a cloud that offers it has the web page `/register`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from u1tray.credentials import rules
from u1tray.credentials.dialog.messages import Problem
from u1tray.credentials.login import Login, cloud_at, log_in_at
from u1tray.rest import offline, settings
from u1tray.rest.requests import Request
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import is_confidential
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import (
    ContractError,
    NotFoundError,
    OfflineError,
    RefusedError,
    SignedOutError,
    U1Error,
    UsageError,
)

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")

# A person looks on, and may press the button again: nothing is repeated behind their back.
ATTEMPTS = 1
ANSWER_LIMIT_SECONDS = 60.0
REGISTRATION_PATH = "/register"


def current() -> CloudSettings | None:
    """The cloud that is set; None also for a setting that cannot be used."""
    try:
        return settings.load()
    except UsageError as error:
        _log.warning("%s", error.text)
        return None


def is_new(chosen: CloudSettings) -> bool:
    """Whether it is not the cloud that is set."""
    known = current()
    return known is None or known.api_url != chosen.api_url


def chosen(typed: str) -> CloudSettings:
    """The cloud of an address. Raises an error with a Problem or errtype for its code."""
    if not typed.strip():
        text = "Write the address of your cloud."
        raise RefusedError(text, code=Problem.NO_ADDRESS.value)
    try:
        found = CloudSettings.of(typed)
    except UsageError as error:
        raise RefusedError(error.text, code=Problem.BAD_ADDRESS.value) from None
    known = current()
    if known is not None and known.api_url == found.api_url:
        found = known
    elif known is not None:
        found = replace(found, ca_file=known.ca_file)
    if not is_confidential(found.sso_url):
        text = "Passwords are sent over https only. Write the https address of the cloud."
        raise rules.refused(CredentialsErrorType.INSECURE_CONNECTION, text)
    return found


async def log_in(cloud_settings: CloudSettings, login: Login, device: str) -> Credentials:
    """Credentials, pinged. A cloud that is not set yet is first asked whether it is one."""

    async def logging_in() -> Credentials:
        async with await cloud_at(cloud_settings, ATTEMPTS) as cloud:
            if is_new(cloud_settings):
                await _check(cloud.server_time())
            return await log_in_at(cloud, login, device)

    return await _in_time(logging_in(), cloud_settings)


async def registration_url(cloud_settings: CloudSettings) -> str:
    """The page where accounts are made, `''` where the cloud has none."""
    url = cloud_settings.api_url + REGISTRATION_PATH

    async def asking() -> str:
        async with await cloud_at(cloud_settings, ATTEMPTS) as cloud:
            if is_new(cloud_settings):
                await _check(cloud.server_time())
            reply = await cloud.send(Request("GET", url, needs_signature=False))
        is_page = "text/html" in (reply.header("content-type") or "")
        return url if reply.status == 200 and is_page else ""

    return await _in_time(asking(), cloud_settings)


def keep(cloud_settings: CloudSettings) -> None:
    """Make it the cloud that is set. Raises RefusedError `NotSaved`."""
    if not is_new(cloud_settings):
        return
    try:
        settings.save(cloud_settings)
    except (OSError, U1Error) as error:
        text = f"The cloud's address cannot be saved: {error}"
        raise RefusedError(text, code=Problem.NOT_SAVED.value) from None


async def _check(asking: Awaitable[object]) -> None:
    """Raise `NotACloud` for whatever answers otherwise than a cloud."""
    try:
        await asking
    except (ContractError, NotFoundError, RefusedError, SignedOutError) as error:
        _log.info("no cloud: %s", error.text)
        text = "What answers at this address is not a cloud. Check the address."
        raise RefusedError(text, code=Problem.NOT_A_CLOUD.value) from None


async def _in_time(asking: Awaitable[_Value], cloud_settings: CloudSettings) -> _Value:
    try:
        return await asyncio.wait_for(asking, ANSWER_LIMIT_SECONDS)
    except asyncio.TimeoutError:
        raise offline.timed_out(cloud_settings.api_url, ANSWER_LIMIT_SECONDS) from None


def problem_of(error: U1Error) -> str:
    """What the window calls an error: a Problem, else its errtype."""
    if isinstance(error, OfflineError) and error.code == offline.NOT_TRUSTED:
        return Problem.NOT_TRUSTED.value
    own = {problem.value for problem in Problem}
    return error.code if error.code in own else rules.errtype_of(error)
