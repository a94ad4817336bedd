"""A fixed budget of simulated runs, and every seed that ever failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulate.hazards import NONE, Hazards
from tests.simulate.run import Run

pytestmark = pytest.mark.core

BUDGET = 80
# What each had found: see the history of the engine.
FAILED_ONCE = (
    *(0, 9, 11, 12, 33, 44, 52, 53, 54, 56, 74, 105, 133, 237, 302, 338, 534),
    *(1064, 1420, 1428, 1689),
    *(1_002_453, 1_006_635, 1_010_095, 1_013_092, 1_053_423, 1_061_693),
    *(1_000_146, 1_001_308, 1_004_637, 1_004_692, 1_006_012, 1_052_004, 1_054_773, 1_055_287),
    *(1_056_821, 1_057_172, 1_058_868),
)
FAILED_IN_HAZARD = (425, 493, 998, 60_255, 300_541, 3_009_549, 621_532_149)
FAILED_LATELY = (50_143, 20_020_483, 40_001_786, 40_018_759, 40_019_827, 60_043_558)


@pytest.mark.parametrize("seed", FAILED_ONCE)
def test_what_failed_once_holds(seed) -> None:
    """People, small faults and crashes; then peace."""
    Run(seed, NONE).run()


@pytest.mark.parametrize("seed", FAILED_IN_HAZARD)
def test_what_failed_once_in_hazard_holds(seed) -> None:
    """The very same runs, from before small files travelled together."""
    Run(seed, replace(Hazards.of(seed), bursts=0.0, gathers=False, ghosts=0.0)).run()


@pytest.mark.parametrize("seed", [*FAILED_LATELY, *range(10_000, 10_000 + BUDGET)])
def test_devices_and_cloud_become_the_same_and_nothing_is_lost(seed) -> None:
    """With all hazards that the seed decides on."""
    Run(seed).run()


@pytest.mark.parametrize("seed", [3, 105, 1689])
def test_same_seed_is_the_same_run(seed) -> None:
    """Byte for byte, so that a failure can be looked into."""
    runs = [Run(seed), Run(seed)]
    for run in runs:
        run.run()
    assert runs[0].trace == runs[1].trace
    assert runs[0].cloud.picture() == runs[1].cloud.picture()
    assert [d.disk.picture() for d in runs[0].devices] == [
        d.disk.picture() for d in runs[1].devices
    ]
