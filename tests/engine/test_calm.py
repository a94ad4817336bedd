"""Deletions wait until nothing more is lost: `rm -rf` takes its time."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulate.loop import SimulatedClock, SimulatedLoop
from u1tray.engine.runner.calm import CALM_SECONDS, LONGEST_SECONDS, Calm

pytestmark = pytest.mark.core


def _returns(losses, pause_seconds):
    """When calm returns, in seconds, if so much is lost after each pause."""
    loop = SimulatedLoop()
    clock = SimulatedClock(loop)
    moments = []

    async def lose():
        calm = Calm(clock, lambda: moments.append(loop.time()))
        for lost in losses:
            calm.note(lost)
            await asyncio.sleep(pause_seconds)
        await asyncio.sleep(2 * LONGEST_SECONDS)
        assert not calm.is_awaited

    loop.run_until_complete(lose())
    loop.close()
    return moments


def test_one_loss_is_calm_after_a_moment():
    """The deletion of one file goes up soon."""
    assert _returns([1], 0.0) == pytest.approx([CALM_SECONDS])


def test_losses_one_after_the_other_are_awaited_together():
    """However many there are, they are weighed as one."""
    assert _returns(range(1, 11), 0.1) == pytest.approx([0.9 + CALM_SECONDS])


def test_what_is_lost_for_ever_waits_no_longer_than_the_longest_time():
    """A program that deletes all the time does not keep its deletions here."""
    first, *_ = _returns(range(1, 200), 0.1)
    assert first == pytest.approx(LONGEST_SECONDS)


def test_fewer_losses_are_no_news():
    """What was deleted in the cloud, or came again, makes nothing wait."""
    assert _returns([3, 2, 1, 0], 2 * CALM_SECONDS) == pytest.approx([CALM_SECONDS])
