"""What is asked for meanwhile goes as the next batch; each has its own answer, or may go."""

from __future__ import annotations

import asyncio

import pytest

from u1tray.syncdaemon.remote.gathering import PARALLEL, Gathering
from u1tray.vocabulary.errors import OfflineError, QuotaError

pytestmark = pytest.mark.core

SECONDS = 60.0


class Carrier:
    """Carries batches once it may, and says of each item what `answers` has for it."""

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.may = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.batches = []
        self.ended = []

    async def carry(self, items):
        self.batches.append(list(items))
        self.begun.release()
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.ended.append(list(items))
            raise
        if isinstance(self.answers, Exception):
            raise self.answers
        return [self.answers.get(item, item * 2) for item in items]


def gathering(carrier, most=4, heaviest=100):
    def packing():
        left = [most, heaviest]

        def fits(item):
            left[0] -= 1
            left[1] -= item
            return left[0] >= 0 and left[1] >= 0

        return fits

    return Gathering(carrier.carry, packing, lambda item: item, most=most, heaviest=heaviest)


async def answers(*tasks):
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), SECONDS)


def ask(gathered, items):
    return [asyncio.ensure_future(gathered.ask(item)) for item in items]


async def test_what_is_asked_for_at_once_is_one_batch():
    """In order, and each has its own answer or error."""
    refused = QuotaError("full")
    carrier = Carrier({2: refused})
    carrier.may.set()
    assert await answers(*ask(gathering(carrier), [1, 2, 3])) == [2, refused, 6]
    assert carrier.batches == [[1, 2, 3]]


async def test_full_batches_go_side_by_side_and_the_rest_waits():
    """No more than PARALLEL at once; what is left over goes when one is back."""
    carrier = Carrier()
    tasks = ask(gathering(carrier, most=2), range(7))
    for _ in range(PARALLEL):
        await asyncio.wait_for(carrier.begun.acquire(), SECONDS)
    await asyncio.sleep(0.02)
    assert carrier.batches == [[0, 1], [2, 3]]
    carrier.may.set()
    assert await answers(*tasks) == [2 * one for one in range(7)]
    assert carrier.batches[2:] == [[4, 5], [6]]


async def test_weight_ends_a_batch():
    """A heavy one begins the next."""
    carrier = Carrier()
    carrier.may.set()
    assert await answers(*ask(gathering(carrier), [60, 50, 40])) == [120, 100, 80]
    assert carrier.batches == [[60], [50, 40]]


@pytest.mark.parametrize("error", [OfflineError("gone"), ZeroDivisionError("ours")], ids=repr)
async def test_failure_of_a_batch_is_everybodys(error):
    """And what comes later is asked anew."""
    carrier = Carrier(error)
    carrier.may.set()
    gathered = gathering(carrier)
    assert await answers(*ask(gathered, [1, 2])) == [error, error]
    carrier.answers = {}
    assert await answers(*ask(gathered, [3])) == [6]


async def test_one_that_goes_harms_no_other():
    """Before its batch and meanwhile; a later one is answered, too."""
    carrier = Carrier()
    gathered = gathering(carrier)
    early, first, second = ask(gathered, [1, 2, 3])
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.wait_for(carrier.begun.acquire(), SECONDS)
    first.cancel()
    carrier.may.set()
    found = await answers(early, first, second, *ask(gathered, [4]))
    assert [type(one) for one in found[:2]] == [asyncio.CancelledError] * 2
    assert found[2:] == [6, 8]
    assert carrier.batches == [[2, 3], [4]]


async def test_batch_that_nobody_waits_for_is_ended():
    """Before its last caller goes on, so that nothing happens behind its back."""
    carrier = Carrier()
    gathered = gathering(carrier)
    tasks = ask(gathered, [1, 2])
    await asyncio.wait_for(carrier.begun.acquire(), SECONDS)
    for task in tasks:
        task.cancel()
    await answers(*tasks)
    assert carrier.ended == [[1, 2]]
    carrier.may.set()
    assert await answers(*ask(gathered, [3])) == [6]


async def test_answers_that_are_too_few_leave_nobody_waiting():
    """A fault of ours reaches everybody, as any other."""

    async def carry(items):
        return items[1:]

    gathered = gathering(Carrier())
    gathered._carry = carry
    assert [type(one) for one in await answers(*ask(gathered, [1, 2]))] == [ValueError] * 2
