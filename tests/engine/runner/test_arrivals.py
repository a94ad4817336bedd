"""New files are put in place together; whoever goes harms nobody else, and leaves nothing behind
its back."""

from __future__ import annotations

import asyncio

import pytest

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Content, Side, Subject
from u1tray.engine.ports import Changed, DiskError
from u1tray.engine.runner.arrivals import Arrival, Arrivals

pytestmark = pytest.mark.core


class Installer:
    """Notes what it puts in place, once it may."""

    def __init__(self, *, error=None):
        self.may = asyncio.Event()
        self.begun = asyncio.Event()
        self.groups = []
        self.error = error

    async def install(self, group):
        self.begun.set()
        await self.may.wait()
        self.groups.append([one.transfer.name for one in group])
        if self.error is not None:
            raise self.error


def arrival(name):
    transfer = op.Transfer(Side.LOCAL, 1, 1, name, Content(bytes(20), 1), None, None)
    return Arrival(Subject(1), transfer, None)


def begin(arrivals, names):
    return [asyncio.ensure_future(arrivals.put(arrival(name))) for name in names]


async def settled(*tasks):
    return [type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)]


async def test_what_comes_meanwhile_is_the_next_group():
    """Under the hands, group by group."""
    installer, hands = Installer(), asyncio.Lock()
    arrivals = Arrivals(hands, installer.install)
    first = begin(arrivals, "a")
    await installer.begun.wait()
    assert hands.locked()
    others = begin(arrivals, "bc")
    installer.may.set()
    assert set(await settled(*first, *others)) == {type(None)}
    assert installer.groups == [["a"], ["b", "c"]]
    assert not hands.locked()


async def test_one_that_goes_before_is_not_put_in_place():
    """The others are."""
    installer, hands = Installer(), asyncio.Lock()
    installer.may.set()
    arrivals = Arrivals(hands, installer.install)
    async with hands:
        first, second, third = begin(arrivals, "abc")
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
    assert await settled(first, second, third) == [asyncio.CancelledError, type(None), type(None)]
    assert installer.groups == [["b", "c"]]


async def test_one_that_goes_meanwhile_waits_for_the_end():
    """Nothing is put in place after its caller has gone on."""
    installer = Installer()
    arrivals = Arrivals(asyncio.Lock(), installer.install)
    first, second = begin(arrivals, "ab")
    await installer.begun.wait()
    first.cancel()
    done, _ = await asyncio.wait((first,), timeout=0.05)
    assert not done
    installer.may.set()
    assert await settled(first, second) == [asyncio.CancelledError, type(None)]
    assert installer.groups == [["a", "b"]]


@pytest.mark.parametrize(
    "error", [DiskError("full", ()), Changed("gone"), ZeroDivisionError()], ids=repr
)
async def test_failure_of_a_group_is_everybodys(error):
    """And the next group is tried all the same."""
    installer = Installer(error=error)
    installer.may.set()
    arrivals = Arrivals(asyncio.Lock(), installer.install)
    assert set(await settled(*begin(arrivals, "ab"))) == {type(error)}
    installer.error = None
    assert await settled(*begin(arrivals, "c")) == [type(None)]
