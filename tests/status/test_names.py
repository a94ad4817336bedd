"""Foreign text on one line of a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.status.names import LONGEST_NAME, one_line, shortened, visible

pytestmark = pytest.mark.core

anything = st.text(st.characters(codec=None))


@pytest.mark.parametrize("name", ["a.txt", "", "año nuevo.txt", "日本語", "👩‍👩‍👧.png", "a b"])
def test_an_ordinary_name_is_unchanged(name):
    """Letters of any script, and joined emoji."""
    assert shortened(name) == name


@pytest.mark.parametrize("bad", ["\n", "\x1b", "\x7f", "\u2028", "\u202e", "\udcff", "\u2066"])
def test_what_does_not_show_is_replaced(bad):
    """Controls, line ends, undecodable bytes, and marks that turn the writing around."""
    assert visible(f"a{bad}b") == "a\N{REPLACEMENT CHARACTER}b"


@given(anything)
def test_any_name_becomes_short_and_printable(name):
    """Whatever a disk holds can be shown and encoded."""
    text = shortened(name)
    assert len(text) <= LONGEST_NAME
    text.encode()
    assert not {unicodedata.category(c) for c in text} & {"Cc", "Cs", "Zl", "Zp"}


@given(anything)
def test_a_long_name_keeps_its_head_and_its_ending(name):
    """Cut in the middle."""
    text = shortened(name)
    if len(name) > LONGEST_NAME:
        assert len(text) == LONGEST_NAME
        assert text.startswith(visible(name[:20]))
        assert text.endswith(visible(name[-19:]))


@given(anything)
def test_any_message_becomes_one_line(message):
    """A traceback never spreads over a menu."""
    text = one_line(message)
    assert len(text) <= 200
    assert len(text.splitlines()) <= 1
