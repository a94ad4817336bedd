"""Waiting with a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def within(awaitable: Awaitable[Result], timeout_seconds: float | None) -> Result:
    """What an awaitable gives, within so many seconds, or (None) without a limit.

    As asyncio.wait_for, which until Python 3.12 swallows a cancellation that meets the end of
    what it waits for: a task that should end goes on then. What was begun is cancelled where
    nobody waits for it any more. Raises asyncio.TimeoutError.
    """
    waited = asyncio.ensure_future(awaitable)
    try:
        done, _ = await asyncio.wait((waited,), timeout=timeout_seconds)
        if not done:
            waited.cancel()
            await asyncio.wait((waited,))
    except asyncio.CancelledError:
        if not waited.cancel() and not waited.cancelled():
            waited.exception()  # is of no interest any more
        raise
    if waited.cancelled() and not done:
        raise asyncio.TimeoutError
    return waited.result()
