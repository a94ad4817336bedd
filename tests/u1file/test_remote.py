"""REMOTE on the command line (section 3), and text that reaches a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.u1file import remote
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core

NAME = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1)


@pytest.mark.parametrize(
    "typed",
    [
        "Docs/a b.txt",
        "~/Docs/a b.txt",
        "/~/Docs/a b.txt",
        "~//Docs//a b.txt/",
        "{home}/Docs/a b.txt",
    ],
)
def test_ways_to_write_a_path_mean_the_same(typed, home):
    """With or without ~, with slashes too many, or as the shell expands it."""
    assert remote.resource_path(typed.format(home=home)) == "/~/Docs/a b.txt"


@pytest.mark.parametrize(
    "typed", ["", "~", "~/", "/", "/etc/passwd", "Docs/..", "./Docs", "a\0b", "D/" + "ü" * 128]
)
def test_what_cannot_be_stored_is_refused(typed):
    """3: names are 1 to 255 bytes, not . or .., without NUL."""
    with pytest.raises(UsageError):
        remote.resource_path(typed)


def test_name_that_is_no_utf8_is_refused():
    """3: an argument of other bytes arrives with surrogates."""
    with pytest.raises(UsageError, match="UTF-8"):
        remote.resource_path("Docs/\udcff")


@given(st.lists(NAME.filter(lambda n: n not in (".", "..") and len(n.encode()) < 256), min_size=1))
def test_names_are_kept_as_they_are(names):
    """3: no normalisation, no decoding."""
    if names[0] == "~":
        names = ["~", *names]
    assert remote.resource_path("~/" + "/".join(names)) == "/~/" + "/".join(names)


@given(st.text())
def test_printable_text_cannot_move_the_cursor(text):
    """Control characters are shown as escapes, all else as it is."""
    shown = remote.printable(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()
