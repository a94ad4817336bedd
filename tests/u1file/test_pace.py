"""The rate that is shown is one that a line can have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.u1file.pace import LEAST_SECONDS, WINDOW_SECONDS, Pace

pytestmark = pytest.mark.core

MEGABYTE = 1_000_000


def test_nothing_is_said_in_the_first_moments():
    """What a socket takes at once says nothing about the line."""
    pace = Pace()
    assert pace.rate(100.0) is None
    pace.begin(100.0)
    pace.add(4 * MEGABYTE, 100.001)
    assert pace.rate(100.001) is None
    assert pace.rate(100.0 + LEAST_SECONDS) == pytest.approx(4 * MEGABYTE)


def test_new_beginning_forgets_what_went_before():
    """After a broken line the bytes of the first attempt are not those of the second."""
    pace = Pace()
    pace.begin(0.0)
    pace.add(500 * MEGABYTE, 2.0)
    pace.begin(10.0)
    assert pace.rate(10.5) is None
    pace.add(MEGABYTE, 12.0)
    assert pace.rate(12.0) == pytest.approx(MEGABYTE / 2)


def test_stall_and_recovery_show_within_the_window():
    """An hour ago does not count."""
    pace = Pace()
    pace.begin(0.0)
    for second in range(1, 3600):
        pace.add(10 * MEGABYTE, float(second))
    assert pace.rate(3599.0) == pytest.approx(10 * MEGABYTE)
    for second in range(3600, 3600 + 2 * int(WINDOW_SECONDS)):
        pace.add(MEGABYTE, float(second))
    assert pace.rate(3600.0 + 2 * WINDOW_SECONDS - 1) == pytest.approx(MEGABYTE)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(0.001, 3)), max_size=60))
@settings(max_examples=100)
def test_rate_is_never_more_than_the_fastest_second_allows(steps):
    """Whatever the parts: no more than all that went, over the least time."""
    pace, now, total = Pace(), 0.0, 0
    pace.begin(now)
    for count, seconds in steps:
        now += seconds
        total += count
        pace.add(count, now)
        rate = pace.rate(now)
        assert rate is None or 0 <= rate <= total / LEAST_SECONDS
