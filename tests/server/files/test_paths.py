"""Names and paths (REST contract, 3 and 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.server.files import paths
from u1tray.server.messages.refusals import Code, Refusal

pytestmark = pytest.mark.core

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60
).filter(lambda name: name not in (".", ".."))


@given(NAMES)
def test_every_other_text_is_a_name(name: str) -> None:
    """Backslash, newline and unnormalised forms included; kept as sent (3)."""
    assert paths.check_names([name]) == (name,)


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "a" * 256, "é" * 128, "\udcff"])
def test_bad_name_is_refused(name: str) -> None:
    """1 to 255 bytes of UTF-8, no NUL, not . and .. (3)."""
    with pytest.raises(Refusal) as caught:
        paths.check_names(["good", name])
    assert caught.value.code is Code.BAD_NAME


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "...", ".a", "a\\b", "a\nb", " ", "~", "%"])
def test_odd_name_is_allowed(name: str) -> None:
    """All else is allowed (3)."""
    assert paths.name_fault(name) is None


@given(st.lists(NAMES, max_size=5))
def test_path_in_json_comes_back(names: list[str]) -> None:
    """`/a/b`: plain Unicode, never percent-encoded (3)."""
    assert paths.parse_inside(paths.inside_text(tuple(names))) == tuple(names)


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(1, 3))
def test_empty_segments_vanish(names: list[str], slashes: int) -> None:
    """Double and trailing slashes (3)."""
    slash = "/" * slashes
    assert paths.parse_inside(slash + slash.join(names) + slash) == tuple(names)


@given(st.text())
def test_any_text_is_a_path_or_refused(text: str) -> None:
    """The rule is total."""
    assert outcome(text) in (None, Code.BAD_VALUE, Code.BAD_NAME, Code.PATH_TOO_LONG)


def outcome(text: str) -> Code | None:
    """Why a text is no path; None for one whose names are all good."""
    try:
        names = paths.parse_inside(text)
    except Refusal as refusal:
        return refusal.code
    assert not any(paths.name_fault(name) for name in names)
    return None


def test_path_of_4096_bytes_is_the_longest() -> None:
    """Counted inside the volume, in bytes (3, 20)."""
    longest = ("a" * 255,) * 16
    assert paths.check_inside(longest) == longest
    with pytest.raises(Refusal) as caught:
        paths.check_inside((*longest, "b"))
    assert caught.value.code is Code.PATH_TOO_LONG


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (("~", "Docs"), "~/Docs"),
        (("~", "one", "two"), "~/one/two"),
        (("~",), None),
        ((), None),
        (("Docs",), None),
        (("~", ".."), None),
        (("~x", "Docs"), None),
    ],
)
def test_volume_path_is_home_and_names(segments: tuple[str, ...], path: str | None) -> None:
    """`~/` plus one or more names (5)."""
    assert paths.volume_path(segments) == path


@pytest.mark.parametrize(
    ("one", "other", "nested"),
    [("~/a", "~/a/b", True), ("~/a/b", "~/a", True), ("~/a", "~/ab", False), ("~/a", "~/A", False)],
)
def test_nesting_is_about_whole_names(one: str, other: str, nested: bool) -> None:
    """`~/ab` is not inside `~/a` (5)."""
    assert paths.are_nested(one, other) is nested
