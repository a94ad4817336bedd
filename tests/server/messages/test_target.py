"""The request target, read on its wire form (3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.server.messages.refusals import Refusal
from u1tray.server.messages.target import parse_target

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        ("/", ()),
        ("//a///b/", ("a", "b")),
        ("/a%2Fb", ("a", "b")),
        ("/a%252Fb", ("a%2Fb",)),
        ("/a+b;c", ("a+b;c",)),
        ("/caf%C3%A9", ("café",)),
        ("/%ff", ("\udcff",)),
        ("/~/x?y/z", ("~", "x")),
        ("/.././a", ("..", ".", "a")),
    ],
)
def test_path_is_decoded_once_and_empty_segments_vanish(raw: str, segments) -> None:
    """`%2F` separates too; `+` and `;` are ordinary (3)."""
    assert parse_target(raw).segments == segments


def test_wire_forms_are_kept() -> None:
    """The signature needs them byte for byte (13.2)."""
    target = parse_target("HTTP://U@Host:80/a//b%20c/?q=%7E+x&&y")
    assert (target.path, target.query) == ("/a//b%20c/", "q=%7E+x&&y")
    assert target.authority == "Host:80"
    assert target.parameters == [("q", "~ x"), ("y", "")]


def test_whole_url_without_a_path_is_the_root() -> None:
    """RFC 9112, 3.2.2."""
    target = parse_target("http://host?a=1")
    assert (target.path, target.query, target.segments) == ("/", "a=1", ())


@pytest.mark.parametrize("raw", ["", "*", "a", "host:80", "/%", "/%g0", "/a?%1", "/a#b"])
def test_malformed_target_is_refused(raw: str) -> None:
    """400 `bad_request` (3, 20)."""
    with pytest.raises(Refusal) as caught:
        parse_target(raw)
    assert caught.value.code.value == "bad_request"


@given(st.text(alphabet=st.characters(codec="latin-1")))
def test_any_target_is_read_or_refused(raw: str) -> None:
    """Total: nothing else is raised, and no segment is empty."""
    try:
        target = parse_target(raw)
    except Refusal:
        return
    assert all(target.segments) or not target.segments
    assert target.path.startswith("/")
