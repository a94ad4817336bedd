"""One change stream from its first line to `bye` (REST contract, 16.2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from u1tray.server.changes.events import HEARTBEAT, RETRY, Reason, bye
from u1tray.server.changes.hub import Pace
from u1tray.server.changes.subscription import Subscription
from u1tray.server.files.values import Volume
from u1tray.vocabulary.errors import U1Error

logger = logging.getLogger(__name__)

_LOOK_AGAIN_AFTER_S = 5.0


@dataclass(frozen=True)
class Look:
    """An account's volumes, the root first, or why its stream ends."""

    volumes: Sequence[Volume]
    reason: Reason | None = None


class ChangeStream:
    """The body of a response; `look` reads the database anew."""

    def __init__(
        self, subscription: Subscription, look: Callable[[], Awaitable[Look]], pace: Pace
    ) -> None:
        self._subscription = subscription
        self._look = look
        self._pace = pace

    def lose(self) -> None:
        """The client is gone."""
        self._subscription.lose()

    def close(self) -> None:
        """The stream is over, or was never begun."""
        self._subscription.cancel()

    async def begin(self) -> None:
        """Look at the volumes for the first time. Raises the errors of the database."""
        found = await self._look()
        if found.reason is None:
            self._subscription.begin(found.volumes)
        else:
            self._subscription.end(found.reason)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The lines, as there is something to tell."""
        loop = asyncio.get_running_loop()
        box, pace = self._subscription, self._pace
        ends_at = loop.time() + pace.max_age_s
        beats_at = loop.time() + pace.heartbeat_s
        yield RETRY
        while not box.is_lost:
            if box.needs_look:
                await self._catch_up(loop)
            told = b"".join(event.encode() for event in box.take())
            if loop.time() >= ends_at:
                box.end(Reason.MAX_AGE)
            if box.reason is not None:
                yield told + bye(box.reason).encode()
                return
            if loop.time() >= beats_at:
                beats_at = loop.time() + pace.heartbeat_s
                told += HEARTBEAT
            if told:
                yield told
            await box.wait(max(0.0, min(beats_at, ends_at) - loop.time()))

    async def _catch_up(self, loop: asyncio.AbstractEventLoop) -> None:
        box = self._subscription
        box.needs_look = False
        try:
            found = await self._look()
        except (U1Error, SQLAlchemyError) as error:
            logger.warning("cannot look at the volumes of account %d: %s", box.account_id, error)
            loop.call_later(_LOOK_AGAIN_AFTER_S, box.look)
            return
        if found.reason is None:
            box.catch_up(found.volumes)
        else:
            box.end(found.reason)
