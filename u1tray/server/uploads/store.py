"""Open uploads between the wire, the rows and the bytes (REST contract, 16.3)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

from u1tray.server.clock import Clock
from u1tray.server.files.operations import Changed
from u1tray.server.messages.refusals import Refusal
from u1tray.server.messages.request import Body
from u1tray.server.storage.metadata import uploads as rows
from u1tray.server.storage.partials.protocol import Leased, LeasedError, Partials
from u1tray.server.storage.threads import in_thread
from u1tray.server.storage.workers import Workers
from u1tray.server.uploads import expiry, rules
from u1tray.server.uploads.appending import Appending
from u1tray.server.uploads.values import LIFETIME_S, Upload
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

_THREADS = 8
_FINISHING_THREADS = 4  # a large file is hashed for minutes: nobody else shall wait for that
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Appended:
    """An upload after a PATCH: `changed` once it was committed."""

    upload: Upload
    changed: Changed | None = None


class UploadStore:
    """The uploads of all accounts. Every method raises Refusal and U1Error."""

    def __init__(
        self,
        workers: Workers,
        partials: Partials,
        clock: Clock,
        count: Callable[[int], object],
        is_stored: Callable[[bytes], bool],
    ) -> None:
        """`count` is told how many bytes came; `is_stored` looks whether a blob is there."""
        self._workers = workers
        self._partials = partials
        self._clock = clock
        self._count = count
        self._is_stored = is_stored
        self._threads = ThreadPoolExecutor(_THREADS, "upload")
        self._finishing = ThreadPoolExecutor(_FINISHING_THREADS, "upload-end")

    def new(self, **fields: Any) -> Upload:
        """An upload that is not stored yet, of which nothing has come."""
        expires_at = self._clock.now() + LIFETIME_S
        return Upload(id=secrets.token_urlsafe(16), received=0, expires_at=expires_at, **fields)

    async def create(self, upload: Upload, check_room: Callable[[int], None]) -> None:
        """Open an upload; see `rules.create`."""
        await self._workers.write(rules.create, upload, check_room, self._clock.now())

    async def find(self, account_id: int, upload_id: str) -> Upload:
        """An open upload whose bytes are there."""
        upload = await self._workers.read(rules.find, account_id, upload_id, self._clock.now())
        if not await self._run(self._partials.reaches, upload.id, upload.received):
            await self._forget(upload.id)
            raise rules.gone()
        return upload

    async def discard(self, account_id: int, upload_id: str) -> None:
        """Forget an upload and its bytes."""
        upload = await self._workers.read(rules.find, account_id, upload_id, self._clock.now())
        await self._forget(upload.id)

    async def append(self, account_id: int, upload_id: str, offset: int, body: Body) -> Appended:
        """Receive what comes from an offset on; commit when it is all there."""
        self._check(await self.find(account_id, upload_id), offset, body)
        try:
            leased = await self._run(self._partials.lease, upload_id)
            try:
                # Again, now that nobody else can move it.
                upload = await self.find(account_id, upload_id)
                self._check(upload, offset, body)
                return await self._append(leased, upload, body)
            finally:
                await asyncio.shield(self._release(leased))
        except LeasedError:
            raise rules.mismatch() from None

    async def clean_up(self) -> int:
        """Remove what expired; how many uploads that were."""
        return await self._run(
            expiry.remove_expired, self._workers.database, self._partials, self._clock.now()
        )

    def close(self) -> None:
        """End the threads."""
        self._finishing.shutdown()
        self._threads.shutdown()

    async def _append(self, leased: Leased, upload: Upload, body: Body) -> Appended:
        promised = upload

        async def promise(received: int) -> None:
            nonlocal promised
            now = self._clock.now()
            await self._workers.write(rules.promise, promised, received, now)
            promised = replace(promised, received=received, expires_at=now + LIFETIME_S)

        await self._begin(leased, upload)
        appending = Appending(leased, upload, promise, self._threads)
        try:
            await appending.receive(body.chunks())
            if appending.end < upload.length:
                await appending.keep()
                return Appended(promised)
        except BaseException:
            await asyncio.shield(self._end_broken(leased, appending, promised))
            raise
        finally:
            await asyncio.shield(appending.close())
            self._count(appending.end - upload.received)
        try:
            return Appended(upload, await self._commit(leased, promised))
        except U1Error:
            # It passes, so the client is to come again with as little as may be.
            with contextlib.suppress(U1Error, Refusal):
                await appending.keep()
                await appending.close()
            raise

    async def _begin(self, leased: Leased, upload: Upload) -> None:
        try:
            await self._run(leased.begin, upload.received)
        except FileNotFoundError:
            await self._forget(upload.id)
            raise rules.gone() from None

    async def _commit(self, leased: Leased, upload: Upload) -> Changed:
        """The target with its new content. Passing errors leave the upload open."""
        try:
            received = await in_thread(self._finishing, leased.finish, upload.length)
            changed = await self._workers.write(
                rules.commit, upload, received, self._clock.now(), self._is_stored
            )
        except (Refusal, FileNotFoundError) as error:
            await self._forget(upload.id)
            raise rules.gone() if isinstance(error, FileNotFoundError) else error from None
        await self._discard_bytes(upload.id)
        return changed

    async def _end_broken(self, leased: Leased, appending: Appending, promised: Upload) -> None:
        """Give back the room of what was not promised."""
        await appending.close()
        try:
            await self._run(leased.begin, promised.received)
        except (U1Error, OSError, LeasedError):
            logger.debug("what came of an upload stays until it goes on", exc_info=True)

    async def _release(self, leased: Leased) -> None:
        try:
            await self._run(leased.release)
        except U1Error:
            logger.warning("an upload stays leased for a while", exc_info=True)

    async def _forget(self, upload_id: str) -> None:
        await self._workers.write(rows.remove, upload_id)
        await self._discard_bytes(upload_id)

    async def _discard_bytes(self, upload_id: str) -> None:
        try:
            await self._run(self._partials.discard, upload_id)
        except U1Error:
            # No row leads to them any more: the next clean-up gets them.
            logger.warning("the bytes of an upload cannot be removed now")

    def _check(self, upload: Upload, offset: int, body: Body) -> None:
        if offset != upload.received:
            raise rules.mismatch(upload.received)
        if offset + (body.length or 0) > upload.length:
            raise rules.too_large(upload.length)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await in_thread(self._threads, work, *args, **kwargs)
