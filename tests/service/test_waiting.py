"""Waiting with a limit ends when it should, and so does who waits."""

from __future__ import annotations

import asyncio

import pytest

from u1tray.service.waiting import within

pytestmark = pytest.mark.core

LONG_SECONDS = 60.0


async def test_what_comes_in_time_is_given() -> None:
    """Also without a limit."""
    assert await within(asyncio.sleep(0, "it"), LONG_SECONDS) == "it"
    assert await within(asyncio.sleep(0, "it"), None) == "it"


async def test_what_fails_fails() -> None:
    """With its own error."""
    failed = asyncio.get_running_loop().create_future()
    failed.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await within(failed, LONG_SECONDS)


async def test_what_does_not_come_is_cancelled() -> None:
    """At once, and nothing of it is left."""
    never = asyncio.get_running_loop().create_future()
    with pytest.raises(asyncio.TimeoutError):
        await within(never, 0.0)
    assert never.cancelled()


async def test_cancellation_that_meets_the_end_is_not_lost() -> None:
    """asyncio.wait_for of Python 3.10 and 3.11 gives the result, and the task goes on."""
    coming = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(within(coming, LONG_SECONDS))
    await asyncio.sleep(0)
    coming.set_result("it")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_while_waiting_ends_what_was_begun() -> None:
    """Nobody would hear of it."""
    never = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(within(never, LONG_SECONDS))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert never.cancelled()
