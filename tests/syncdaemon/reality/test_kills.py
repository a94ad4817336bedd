"""A short run of the random kills; `python -m tests.syncdaemon.kills` makes long ones."""

from __future__ import annotations

import random

import pytest

from tests.syncdaemon import kills
from tests.syncdaemon.reality.rig import reality

pytestmark = pytest.mark.bus


def test_killed_at_random_nothing_is_lost(cloud_data, monkeypatch):
    """`kill -9` of any of the three under work; then equal trees and a sound cloud."""
    monkeypatch.setattr(kills, "LIFE_SECONDS", 3.0)
    with reality(cloud_data) as real:
        outcome = kills.Kills(real, random.Random(5)).run(15.0)
    assert not outcome.faults, str(outcome)
    assert outcome.kills, "nobody was killed"
    assert outcome.ledger.kept, "nothing was written"
