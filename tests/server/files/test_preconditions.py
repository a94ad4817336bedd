"""`If-Match` and `If-None-Match` as rules (REST contract, 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from u1tray.server.files.preconditions import Preconditions, read_preconditions

pytestmark = pytest.mark.core

TAG = '"sha1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"'


@pytest.mark.parametrize(
    ("value", "tag", "matches"),
    [
        (TAG, TAG, True),
        (f'"x", {TAG}', TAG, True),
        (f'"x",{TAG},"y"', TAG, True),
        (f"W/{TAG}", TAG, False),
        (f'W/"x", {TAG}', TAG, True),
        ('"x"', TAG, False),
        (TAG.strip('"'), TAG, False),
        (f"{TAG} nonsense", TAG, False),
        ("", TAG, False),
        ("*", TAG, True),
        (" * ", TAG, True),
        ("*", None, False),
        (TAG, None, False),
        ('""', None, False),
    ],
)
def test_list_matches_by_strong_comparison(value: str, tag: str | None, matches: bool) -> None:
    """A weak tag never matches; `*` means that there is content (7, 20)."""
    exists = tag is not None
    assert Preconditions(if_match=value).are_met(tag, exists=exists) is matches
    assert Preconditions(if_none_match=value).are_met(tag, exists=exists) is not matches


def test_both_headers_must_hold() -> None:
    """Each for itself."""
    both = Preconditions(if_match=TAG, if_none_match="*")
    assert not both.are_met(TAG, exists=True)
    assert not both.are_met(None, exists=False)


def test_headers_of_one_name_are_one_list() -> None:
    """RFC 9110, 5.3."""
    headers = CIMultiDictProxy(CIMultiDict([("if-match", '"x"'), ("If-Match", TAG)]))
    assert read_preconditions(headers).are_met(TAG, exists=True)
    assert read_preconditions(CIMultiDictProxy(CIMultiDict())) == Preconditions()


@given(st.text().filter(lambda text: TAG not in text and text.strip() != "*"))
def test_nonsense_matches_nothing(value: str) -> None:
    """The rule is total."""
    assert not Preconditions(if_match=value).are_met(TAG, exists=True)
    assert Preconditions(if_none_match=value).are_met(TAG, exists=True)
