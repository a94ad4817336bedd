"""`Range` and `If-Range` (REST contract, 7; RFC 9110, 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from u1tray.server.messages.refusals import Code, Refusal

# One old client forgets the unit and appends whatever arrives.
_UNITLESS = re.compile(r"\s*([0-9]+-)\s*")
_BYTES = re.compile(r"\s*bytes\s*=\s*([0-9]*)-([0-9]*)\s*", re.IGNORECASE)
_MAX_DIGITS = 20  # more than any size


@dataclass(frozen=True)
class Span:
    """Consecutive bytes of a content."""

    offset: int
    count: int

    def content_range(self, size: int) -> str:
        """The value of Content-Range."""
        return f"bytes {self.offset}-{self.offset + self.count - 1}/{size}"


def find_span(
    range_header: str | None, if_range: str | None, tag: str | None, size: int
) -> Span | None:
    """The one range that is asked for; None for everything.

    Raises Refusal `bad_range` for one beyond the end.
    """
    if range_header is None or (if_range is not None and if_range.strip() != tag):
        return None
    unitless = _UNITLESS.fullmatch(range_header)
    match = _BYTES.fullmatch(f"bytes={unitless[1]}" if unitless else range_header)
    if match is None or not (match[1] or match[2]):
        return None  # several ranges, another unit, malformed: ignored
    if not match[1]:
        return _suffix(_number(match[2]), size)
    first = _number(match[1])
    last = _number(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    if first >= size:
        raise _beyond(size)
    return Span(first, min(last, size - 1) - first + 1)


def _suffix(count: int, size: int) -> Span:
    if count == 0 or size == 0:
        raise _beyond(size)
    count = min(count, size)
    return Span(size - count, count)


def _number(digits: str) -> int:
    """The number, or one that is as good because it is beyond any size."""
    return int(digits.lstrip("0")[:_MAX_DIGITS] or "0")


def _beyond(size: int) -> Refusal:
    headers = (("Content-Range", f"bytes */{size}"),)
    return Refusal(Code.BAD_RANGE, "The range lies beyond the end.", headers=headers)
