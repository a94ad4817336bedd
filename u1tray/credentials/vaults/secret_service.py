"""The desktop's keyring, by the Secret Service (D-Bus contract, 9.4 and 9.5).

Decides what to look for and when to ask a person; the calls themselves are in `secret_api`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from u1tray.credentials import rules
from u1tray.credentials.vaults import Asking, nobody_waits
from u1tray.credentials.vaults.secret_api import NOTHING, SecretApi, is_lock_error
from u1tray.service.connection import Connection
from u1tray.service.errors import CallError
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError

_log = logging.getLogger(__name__)

PROMPT_LIMIT_SECONDS = 120.0
QUIET_AFTER_REFUSAL_SECONDS = 60.0
_GONE = frozenset({names.UNKNOWN_OBJECT, names.UNKNOWN_METHOD})
_NO_SUCH_OBJECT = "org.freedesktop.Secret.Error.NoSuchObject"


class SecretServiceVault:
    """The keyring of the session on one bus connection."""

    def __init__(
        self,
        connection: Connection,
        host: str,
        *,
        prompt_limit_seconds: float = PROMPT_LIMIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = SecretApi(connection)
        self._host = host
        self._prompt_limit_seconds = prompt_limit_seconds
        self._clock = clock
        self._one_prompt = asyncio.Lock()
        self._quiet_until = float("-inf")

    async def find(
        self, asking: Asking, waiting: Callable[[], None] = nobody_waits
    ) -> Credentials | None:
        """See `Vault`."""
        async with _as_keyring_errors():
            found = await self._search(asking, waiting)
            if found is not None:
                return found
            if asking is Asking.ALWAYS and await self._api.default_collection() == NOTHING:
                return None  # a log-in may create the collection when it stores
            collection = await self._default_collection()
            if not await self._api.is_locked(collection):
                return None
            # Some services hide the items of a locked collection from a search.
            await self._unlock([collection], asking, waiting)
            return await self._search(asking, waiting)

    async def store(
        self,
        credentials: Credentials,
        asking: Asking,
        waiting: Callable[[], None] = nobody_waits,
    ) -> None:
        """See `Vault`. Creates the default collection only for a log-in."""
        async with _as_keyring_errors():
            collection = await self._collection_to_write(asking, waiting)
            attributes = rules.attributes(self._host)
            item, prompt = await self._api.create_item(
                collection,
                label=rules.LABEL,
                attributes=attributes,
                secret=rules.encode_secret(credentials),
                content_type=rules.CONTENT_TYPE,
            )
            if prompt != NOTHING:
                await self._show(prompt, asking, waiting)
            else:
                # An equal item in another collection could be found before ours.
                others = (await self._api.search(attributes)).unlocked
                await self._delete([other for other in others if other != item], asking, waiting)

    async def clear(self, asking: Asking, waiting: Callable[[], None] = nobody_waits) -> None:
        """See `Vault`. Removes every item that `find` could return."""
        async with _as_keyring_errors():
            unlocked, locked = await self._all_items()
            collection = await self._api.default_collection()
            if not locked and collection != NOTHING and await self._api.is_locked(collection):
                locked = [collection]  # it may hide items, as in find
            if locked:
                await self._unlock(locked, asking, waiting)
                unlocked, locked = await self._all_items()
            await self._delete(unlocked, asking, waiting)

    # --- searching -----------------------------------------------------------------------

    async def _search(self, asking: Asking, waiting: Callable[[], None]) -> Credentials | None:
        """Our item, else the newest of another host name, else one from before."""
        exact = rules.attributes(self._host)
        found = await self._api.search(exact)
        if not found.unlocked and found.locked:
            await self._unlock(found.locked, asking, waiting)
            found = await self._api.search(exact)
        async for item in self._candidates(found.unlocked):
            credentials = rules.decode_secret(await self._api.secret(item), self._host)
            if credentials is not None:
                return credentials
            _log.warning("an item in the keyring holds no usable credentials")
        return None

    async def _candidates(self, exact: Sequence[str]) -> AsyncIterator[str]:
        """Items in the order of preference, each kind looked for only when it is needed."""
        for item in exact:
            yield item
        for item in await self._other_hosts():
            yield item
        for attributes in rules.old_attributes(self._host):
            for item in (await self._api.search(attributes)).unlocked:
                yield item

    async def _other_hosts(self) -> list[str]:
        """Unlocked items of Ubuntu One under any host name, newest first."""
        found = (await self._api.search(rules.any_host())).unlocked
        ours = [item for item in found if rules.is_ours(await self._api.attributes(item))]
        dated = [(await self._api.modified(item), item) for item in ours]
        return [item for _, item in sorted(dated, reverse=True)]

    async def _all_items(self) -> tuple[list[str], list[str]]:
        exact = await self._api.search(rules.attributes(self._host))
        unlocked = {*exact.unlocked, *await self._other_hosts()}
        locked = {*exact.locked}
        for attributes in rules.old_attributes(self._host):
            old = await self._api.search(attributes)
            unlocked |= {*old.unlocked}
            locked |= {*old.locked}
        return sorted(unlocked), sorted(locked)

    # --- collections ---------------------------------------------------------------------

    async def _default_collection(self) -> str:
        collection = await self._api.default_collection()
        if collection == NOTHING:
            text = "The keyring has no default collection. Create one in the keyring's settings."
            raise rules.not_available(text)
        return collection

    async def _collection_to_write(self, asking: Asking, waiting: Callable[[], None]) -> str:
        if asking is Asking.ALWAYS and await self._api.default_collection() == NOTHING:
            await self._create_default_collection(waiting)
        collection = await self._default_collection()
        if await self._api.is_locked(collection):
            await self._unlock([collection], asking, waiting)
        return collection

    async def _create_default_collection(self, waiting: Callable[[], None]) -> None:
        prompt = await self._api.create_collection("Default", "default")
        if prompt != NOTHING:
            with contextlib.suppress(KeyringError):  # then there still is none, and that is told
                await self._show(prompt, Asking.ALWAYS, waiting)

    async def _delete(
        self, items: Sequence[str], asking: Asking, waiting: Callable[[], None]
    ) -> None:
        for item in items:
            try:
                prompt = await self._api.delete(item)
            except CallError as error:
                if error.name not in _GONE | {_NO_SUCH_OBJECT}:
                    raise
                continue
            if prompt != NOTHING:
                await self._show(prompt, asking, waiting)

    # --- prompts -------------------------------------------------------------------------

    async def _unlock(
        self, objects: Sequence[str], asking: Asking, waiting: Callable[[], None]
    ) -> None:
        """Unlock, asking the person if need be. Raises KeyringLocked."""
        if asking is Asking.NEVER:
            raise _locked()
        if self._one_prompt.locked():
            waiting()
        async with self._one_prompt:
            prompt = await self._api.unlock(objects)
            if prompt != NOTHING:
                await self._ask(prompt, asking, waiting)

    async def _show(self, prompt: str, asking: Asking, waiting: Callable[[], None]) -> None:
        async with self._one_prompt:
            await self._ask(prompt, asking, waiting)

    async def _ask(self, prompt: str, asking: Asking, waiting: Callable[[], None]) -> None:
        quiet = asking is not Asking.ALWAYS and self._clock() < self._quiet_until
        if asking is Asking.NEVER or quiet:
            await self._api.dismiss(prompt)
            raise _locked()
        waiting()
        try:
            agreed = await self._api.prompt(prompt, self._prompt_limit_seconds)
        except (asyncio.TimeoutError, CallError):
            agreed = False
        if not agreed:
            self._quiet_until = self._clock() + QUIET_AFTER_REFUSAL_SECONDS
            raise _locked()


def _locked() -> KeyringError:
    return rules.locked("The keyring is locked. Unlock it and try again.")


@asynccontextmanager
async def _as_keyring_errors() -> AsyncIterator[None]:
    """The one place where the Secret Service's errors become ours."""
    try:
        yield
    except CallError as error:
        if is_lock_error(error):
            raise _locked() from None
        _log.debug("the Secret Service failed: %s", error.name)
        text = "There is no keyring (Secret Service) in this session, or it does not answer."
        raise rules.not_available(text) from None
