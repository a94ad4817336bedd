"""A limit of bytes a second: kept, in turn, and changed at once."""

from __future__ import annotations

import asyncio

import pytest

from u1tray.syncdaemon.remote.throttle import Throttle

pytestmark = pytest.mark.core

SECONDS = 60.0


def take(throttle, *counts):
    return [asyncio.ensure_future(throttle.take(count)) for count in counts]


@pytest.mark.parametrize("rate", [None, 0, 1_000_000_000])
async def test_changed_limit_counts_for_who_waits_already(rate):
    """Also for the last of very many: D-Bus 5.3."""
    rates = [1]
    waiting = take(Throttle(lambda: rates[0]), *[100_000] * 300)
    await asyncio.sleep(0.01)
    rates[0] = rate
    await asyncio.wait_for(asyncio.gather(*waiting), SECONDS)


async def test_who_comes_first_is_served_first():
    """A small one that came later does not hold up a large one, nor the other way for ever."""
    order, throttle = [], Throttle(lambda: 100_000)
    waiting = take(throttle, 60_000, 1_000, 30_000)
    for number, task in enumerate(waiting):
        task.add_done_callback(lambda _done, number=number: order.append(number))
    await asyncio.wait_for(asyncio.gather(*waiting), SECONDS)
    assert order == [0, 1, 2]


async def test_limit_holds_for_small_and_large_together():
    """But for a burst after silence."""
    throttle, loop = Throttle(lambda: 100_000), asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.wait_for(asyncio.gather(*take(throttle, 50_000, *[100] * 100, 40_000)), SECONDS)
    assert loop.time() - begun >= 0.7


async def test_who_goes_lets_the_next_have_its_turn():
    """A transfer that was ended pays no more."""
    rates = [1]
    throttle = Throttle(lambda: rates[0])
    first, second = take(throttle, 1_000_000, 1)
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.wait_for(second, SECONDS)
    assert first.cancelled()
