"""The Secret Service's methods as plain calls: what the specification names, nothing decided.

https://specifications.freedesktop.org/secret-service/. The session is "plain": the dict travels
over the session bus in CredentialsFound anyway, so encrypting it here would hide nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.service.values import Variant
from u1tray.vocabulary import names

_log = logging.getLogger(__name__)

_PREFIX = "org.freedesktop.Secret."
_SERVICE = names.SECRETS_INTERFACE
_COLLECTION = _PREFIX + "Collection"
_ITEM = _PREFIX + "Item"
_PROMPT = _PREFIX + "Prompt"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_IS_LOCKED = _PREFIX + "Error.IsLocked"
NOTHING = "/"  # the object path that stands for none

CALL_TIMEOUT_SECONDS = 4.0
START_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Found:
    """Paths of items a search found."""

    unlocked: tuple[str, ...]
    locked: tuple[str, ...]


class SecretApi:
    """One connection's use of the Secret Service. Raises CallError, and OfflineError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = ""
        self._session_owner = ""

    async def search(self, attributes: Mapping[str, str]) -> Found:
        """Items with at least these attributes, in all collections. Starts the service."""
        unlocked, locked = await self._service(
            "SearchItems", "a{ss}", dict(attributes), timeout_seconds=START_TIMEOUT_SECONDS
        )
        return Found(tuple(unlocked), tuple(locked))

    async def default_collection(self) -> str:
        """The path behind the alias `default`, `NOTHING` when there is none."""
        (path,) = await self._service("ReadAlias", "s", "default")
        return str(path)

    async def is_locked(self, collection: str) -> bool:
        """Whether a collection is locked."""
        return bool(await self._property(collection, _COLLECTION, "Locked"))

    async def attributes(self, item: str) -> dict[str, str]:
        """An item's attributes."""
        found = await self._property(item, _ITEM, "Attributes")
        return {str(key): str(value) for key, value in dict(found).items()}

    async def modified(self, item: str) -> int:
        """When an item was last changed, in Unix seconds."""
        return int(await self._property(item, _ITEM, "Modified"))

    async def secret(self, item: str) -> bytes:
        """An unlocked item's secret."""
        session = await self._open_session()
        ((_, _, value, _),) = await self._call(item, _ITEM, "GetSecret", "o", session)
        return bytes(value)

    async def unlock(self, objects: Sequence[str]) -> str:
        """Ask to unlock; the path of a prompt that must be shown first, or `NOTHING`."""
        _, prompt = await self._service("Unlock", "ao", list(objects))
        return str(prompt)

    async def create_collection(self, label: str, alias: str) -> str:
        """Ask for a new collection; the path of a prompt, or `NOTHING`."""
        properties = {_COLLECTION + ".Label": Variant("s", label)}
        _, prompt = await self._service("CreateCollection", "a{sv}s", properties, alias)
        return str(prompt)

    async def create_item(
        self,
        collection: str,
        *,
        label: str,
        attributes: Mapping[str, str],
        secret: bytes,
        content_type: str,
    ) -> tuple[str, str]:
        """Store an item in place of the one with equal attributes: its path, and a prompt's."""
        session = await self._open_session()
        properties = {
            _ITEM + ".Label": Variant("s", label),
            _ITEM + ".Attributes": Variant("a{ss}", dict(attributes)),
        }
        item, prompt = await self._call(
            collection,
            _COLLECTION,
            "CreateItem",
            "a{sv}(oayays)b",
            properties,
            [session, b"", secret, content_type],
            True,
        )
        return str(item), str(prompt)

    async def delete(self, item: str) -> str:
        """Remove an item; the path of a prompt, or `NOTHING`."""
        (prompt,) = await self._call(item, _ITEM, "Delete")
        return str(prompt)

    async def prompt(self, path: str, timeout_seconds: float) -> bool:
        """Show a prompt and wait for the person: whether he agreed.

        False also when the service leaves. Raises asyncio.TimeoutError; the prompt is then
        taken away.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def answer(agreed: bool) -> None:
            if not done.done():
                done.set_result(agreed)

        def completed(dismissed: bool, _result: Any) -> None:
            answer(not dismissed)

        def owner_changed(_owner: str) -> None:
            answer(False)

        heard = await self._connection.subscribe(
            names.SECRETS, path, _PROMPT, "Completed", completed
        )
        gone = await self._connection.watch_name(names.SECRETS, owner_changed)
        try:
            await self._call(path, _PROMPT, "Prompt", "s", "")
            return await asyncio.wait_for(done, timeout_seconds)
        finally:
            heard.cancel()
            gone.cancel()
            if not done.done() or done.cancelled():
                await self.dismiss(path)

    async def dismiss(self, path: str) -> None:
        """Take a prompt away; one that is gone already is fine."""
        try:
            await self._call(path, _PROMPT, "Dismiss")
        except CallError as error:
            _log.debug("the prompt was not dismissed: %s", error.name)

    async def _open_session(self) -> str:
        owner = await self._connection.owner(names.SECRETS)
        if not self._session or owner != self._session_owner:
            _, path = await self._service("OpenSession", "sv", "plain", Variant("s", ""))
            self._session, self._session_owner = str(path), owner
        return self._session

    async def _property(self, path: str, interface: str, name: str) -> Any:
        (value,) = await self._call(path, _PROPERTIES, "Get", "ss", interface, name)
        return value

    async def _service(
        self,
        member: str,
        signature: str,
        *values: Any,
        timeout_seconds: float = CALL_TIMEOUT_SECONDS,
    ) -> list[Any]:
        return await self._call(
            names.SECRETS_PATH,
            _SERVICE,
            member,
            signature,
            *values,
            timeout_seconds=timeout_seconds,
        )

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *values: Any,
        timeout_seconds: float = CALL_TIMEOUT_SECONDS,
    ) -> list[Any]:
        return await self._connection.call(
            names.SECRETS,
            path,
            interface,
            member,
            signature,
            *values,
            timeout_seconds=timeout_seconds,
        )


def is_lock_error(error: CallError) -> bool:
    """Whether a call failed because the item or collection is locked."""
    return error.name == _IS_LOCKED
