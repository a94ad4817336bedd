"""A body that begins with a line of JSON and goes on with contents (REST contract, 16.8)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import MAX_JSON_BYTES, parse_object

MAX_BODY_BYTES = MAX_JSON_BYTES + 1 + MAX_BYTES


def parse_line(body: bytes) -> tuple[dict[str, Any], int]:
    """The object of the line, without its null members, and where the contents begin.

    Raises Refusal `bad_json`, `too_large`.
    """
    end = body.find(b"\n", 0, MAX_JSON_BYTES + 1)
    if end >= 0:
        return parse_object(body[:end]), end + 1
    if len(body) > MAX_JSON_BYTES:
        raise Refusal(Code.TOO_LARGE, f"The first line is longer than {MAX_JSON_BYTES} bytes.")
    raise Refusal(Code.BAD_JSON, "The body does not begin with a line of JSON.")


def parted(body: bytes, start: int, sizes: Sequence[int]) -> Iterator[bytes]:
    """Each of the contents that begin at `start`.

    Raises Refusal: `too_large`, `bad_value` where the sizes do not add up.
    """
    if any(size > MAX_CONTENT_BYTES for size in sizes):
        raise Refusal(Code.TOO_LARGE, f"A content has at most {MAX_CONTENT_BYTES} bytes here.")
    if sum(sizes) > MAX_BYTES:
        raise Refusal(Code.TOO_LARGE, f"All contents have at most {MAX_BYTES} bytes here.")
    if start + sum(sizes) != len(body):
        text = f"The sizes add up to {sum(sizes)} bytes, and {len(body) - start} came."
        raise Refusal(Code.BAD_VALUE, text)
    return _slices(body, start, sizes)


def framed(line: dict[str, Any], contents: Sequence[bytes]) -> Iterator[bytes]:
    """The body of a line and contents, piece by piece."""
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    yield text.encode() + b"\n"
    yield from contents


def _slices(body: bytes, start: int, sizes: Sequence[int]) -> Iterator[bytes]:
    for size in sizes:
        yield body[start : start + size]
        start += size
