"""A machine may be killed between any two steps: nothing is lost, and all become the same."""

from __future__ import annotations

import pytest

from tests.simulate.crashing import crash_everywhere

pytestmark = pytest.mark.core


@pytest.mark.parametrize("seed", [3, 12, 302, 1_010_095])
def test_killed_at_many_moments_loses_nothing(seed) -> None:
    """`python -m tests.simulate --crash-everywhere` takes every moment."""
    runs, failed = crash_everywhere(seed, stride=197, first=1 + seed % 197)
    assert not failed
    assert runs >= 2
