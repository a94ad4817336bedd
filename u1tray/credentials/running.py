"""Requests being worked on: equal ones share one signal, and replies keep their order (9.2).

If the answer is at hand the signal goes out before the reply; when somebody must be waited for,
the reply goes first. Knows no method by name and no bus.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Hashable

from u1tray.credentials import outcomes
from u1tray.credentials.idle import Idle
from u1tray.credentials.outcomes import Outcome
from u1tray.vocabulary.errors import U1Error

_log = logging.getLogger(__name__)

REPLY_LIMIT_SECONDS = 0.8  # every method replies within 1 s
Work = Callable[[Callable[[], None]], Awaitable[Outcome]]


class Running:
    """The requests under way; `announce` sends an outcome's signal."""

    def __init__(self, announce: Callable[[Outcome], None], idle: Idle) -> None:
        self._announce = announce
        self._idle = idle
        self._requests: dict[Hashable, _Request] = {}

    async def serve(self, key: Hashable, work: Work) -> None:
        """Start the work, or join an equal one; comes back when it is time to reply."""
        request = self._requests.get(key)
        if request is None:
            request = _Request(work, self._announce)
            self._requests[key] = request
            request.task.add_done_callback(lambda _: self._requests.pop(key))
            request.task.add_done_callback(_hold(self._idle))
        await request.reply_time()

    async def stop(self) -> None:
        """End everything without a signal."""
        tasks = [request.task for request in self._requests.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Request:
    """One piece of work, one signal, and any number of callers waiting for their reply."""

    def __init__(self, work: Work, announce: Callable[[Outcome], None]) -> None:
        self._waits = asyncio.Event()  # a person or the network is waited for
        self._replied = asyncio.Event()
        self.task = asyncio.ensure_future(self._run(work, announce))

    async def reply_time(self) -> None:
        """Wait until the signal is out, or until it is known to take long."""
        waits = asyncio.ensure_future(self._waits.wait())
        await asyncio.wait(
            {self.task, waits}, timeout=REPLY_LIMIT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        waits.cancel()
        if not self.task.done():
            self._waits.set()
            # The caller's reply is queued before this runs, so the signal follows it.
            asyncio.get_running_loop().call_soon(self._replied.set)

    async def _run(self, work: Work, announce: Callable[[Outcome], None]) -> None:
        outcome = await _outcome(work, self._waits.set)
        if self._waits.is_set():
            await self._replied.wait()
        announce(outcome)


async def _outcome(work: Work, waiting: Callable[[], None]) -> Outcome:
    """The outcome, of an error too. The outer boundary: nothing but a cancellation gets out."""
    try:
        return await work(waiting)
    except U1Error as error:
        _log.info("a request failed: %s", error.text)
        return outcomes.failed(error)
    except Exception as error:
        # Without the error's own text, which may quote what was being handled.
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("internal error: %s\n%s", type(error).__name__, frames)
        text = "The credentials service failed internally. Its log says where."
        return outcomes.failed(U1Error(text))


def _hold(idle: Idle) -> Callable[[asyncio.Future[None]], None]:
    """Be busy from now until called."""
    busy = idle.busy()
    busy.__enter__()

    def release(_done: asyncio.Future[None]) -> None:
        busy.__exit__(None, None, None)

    return release
