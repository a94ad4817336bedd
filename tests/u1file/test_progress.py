"""Lines of progress have the room that a terminal has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.u1file.progress import fitting, named, width

pytestmark = pytest.mark.core


def test_text_says_as_much_as_has_room():
    """And never a figure cut in the middle while a shorter text fits."""
    texts = ("10 of 20, 0:30 left", "10 of 20", "10")
    assert [fitting(columns, *texts) for columns in (40, 19, 18, 8, 7, 2, 1, 0, -3)] == [
        *("10 of 20, 0:30 left", "10 of 20, 0:30 left"),
        *("10 of 20", "10 of 20", "10", "10", "1", "", ""),
    ]


def test_name_that_is_too_long_says_so():
    """It ends in an ellipsis; the figures stay."""
    assert named("letter.txt", "50 %", 40) == "letter.txt  50 %"
    assert named("letter.txt", "50 %", 12) == "lette…  50 %"


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 60))
@settings(max_examples=100)
def test_line_is_never_too_long(name, figures, columns):
    """One that wraps could not be drawn over."""
    assert width(named(name, figures, columns)) <= columns


def test_wide_characters_take_two_columns():
    """And an accent of its own takes none."""
    assert [width(text) for text in ("a", "日本", "e\u0301", "😀")] == [1, 4, 1, 2]
    assert named("日本語", "50 %", 12) == "日本語  50 %"
    assert named("日本語", "50 %", 11) == "日本…  50 %"
    assert named("日本語", "50 %", 10) == "日…  50 %"
