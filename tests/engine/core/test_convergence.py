"""Random trees, disturbed at random on both sides, become the same and lose nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.core.world import World
from u1tray.engine.core.values import Side

pytestmark = pytest.mark.core

MAX_ROUNDS = 60


def settle(world: World, chance: random.Random) -> None:
    """Plan and act until nothing is left to do."""
    for _ in range(MAX_ROUNDS):
        if not world.step(chance):
            break
    else:
        raise AssertionError(f"still busy: {list(world.store.differences())}")
    local, remote = world.picture(Side.LOCAL), world.picture(Side.REMOTE)
    assert local == remote, (local, remote, list(world.store.differences()))
    assert not list(world.store.differences())


def disturbed(seed: int, rounds: int, changes: int) -> None:
    chance = random.Random(seed)
    world = World.new()
    for _ in range(rounds):
        for _ in range(changes):
            world.disturb(chance.choice(list(Side)), chance)
        before = world.worth_keeping()
        settle(world, chance)
        after = world.all_contents(Side.LOCAL) | world.trash
        assert before <= after, before - after


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_disturbed_sides_become_the_same_and_nothing_is_lost(seed, rounds, changes) -> None:
    """Whatever happened on both sides between two agreements, in whatever order it is planned."""
    disturbed(seed, rounds, changes)
