"""`Range` and `If-Range` as rules (REST contract, 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.server.files.ranges import Span, find_span
from u1tray.server.messages.refusals import Code, Refusal

pytestmark = pytest.mark.core

TAG = '"sha1:x"'


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=2-4", Span(2, 3)),
        ("bytes=2-", Span(2, 8)),
        ("bytes=-3", Span(7, 3)),
        ("bytes=-99", Span(0, 10)),
        ("bytes=5-99", Span(5, 5)),
        ("Bytes=5-99", Span(5, 5)),
        ("bytes=0-" + "9" * 5000, Span(0, 10)),
        ("3-", Span(3, 7)),
        ("3-5", None),
        ("-3", None),
        ("bytes=0-1,4-5", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
        ("", None),
        (None, None),
    ],
)
def test_header_gives_a_span_of_ten_bytes_or_everything(
    header: str | None, span: Span | None
) -> None:
    """One range is honoured; several, another unit, a malformed value are ignored (7)."""
    assert find_span(header, None, TAG, 10) == span


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=-0", 10), ("10-", 10), ("bytes=0-", 0), ("bytes=-1", 0)],
)
def test_range_beyond_the_end_is_416(header: str, size: int) -> None:
    """With `Content-Range: bytes */SIZE` (7); `bytes=-0` too (20)."""
    with pytest.raises(Refusal) as caught:
        find_span(header, None, TAG, size)
    assert caught.value.code is Code.BAD_RANGE
    assert caught.value.headers == (("Content-Range", f"bytes */{size}"),)


@pytest.mark.parametrize(
    ("if_range", "honoured"),
    [
        (TAG, True),
        (f"W/{TAG}", False),
        ('"other"', False),
        ("Sat, 25 Aug 2012 15:34:49 GMT", False),
        (None, True),
    ],
)
def test_if_range_honours_the_current_tag_only(if_range: str | None, honoured: bool) -> None:
    """Another tag or a date: everything (7)."""
    assert (find_span("bytes=1-2", if_range, TAG, 10) is not None) is honoured


@given(st.text(st.sampled_from("bytes=-, 0123456789"), max_size=20), st.integers(0, 30))
def test_every_span_lies_inside(header: str, size: int) -> None:
    """The rule is total, and a span is never empty."""
    span = span_of(header, size)
    if span is not None:
        assert span.count > 0
        assert 0 <= span.offset <= span.offset + span.count <= size


def span_of(header: str, size: int) -> Span | None:
    try:
        return find_span(header, None, TAG, size)
    except Refusal:
        return None
