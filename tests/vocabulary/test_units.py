"""Sizes as people read and write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.units import format_bytes, parse_bytes

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5_368_709_120, "5.4 GB"),
        (10**19, "10000.0 PB"),
    ],
)
def test_size_is_written_with_one_decimal(count, text):
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [("5GB", 5 * 10**9), ("5 GiB", 5 * 2**30), ("1.5k", 1500), ("1024", 1024), ("0.1TB", 10**11)],
)
def test_size_is_read_with_its_unit(text, count):
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "GB", "-1", "5 XB", "1e3", "five", "1.", "٣٤x"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write for example 5GB"):
        parse_bytes(text)


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_percent_says_full_only_when_nothing_is_left(total, used):
    quota = Quota(total, used)
    assert 0 <= quota.percent <= 100
    assert (quota.percent == 100) == (used > 0 and quota.free == 0)
