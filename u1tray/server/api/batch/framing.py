"""A body that begins with a line of JSON and goes on with contents (REST contract, 16.8)."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import IO, Any

from u1tray.server.api.batch.limits import MAX_BYTES, MAX_CONTENT_BYTES
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import MAX_JSON_BYTES, parse_object

MAX_BODY_BYTES = MAX_JSON_BYTES + 1 + MAX_BYTES


def read_line(file: IO[bytes]) -> dict[str, Any]:
    """The object of the line, without its null members; the file is then at the contents.

    Raises Refusal `bad_json`, `too_large`.
    """
    line = file.readline(MAX_JSON_BYTES + 1)
    if line.endswith(b"\n"):
        return parse_object(line)
    if len(line) > MAX_JSON_BYTES:
        raise Refusal(Code.TOO_LARGE, f"The first line is longer than {MAX_JSON_BYTES} bytes.")
    raise Refusal(Code.BAD_JSON, "The body does not begin with a line of JSON.")


def check_sizes(file: IO[bytes], sizes: Sequence[int]) -> None:
    """Whether the rest of a file is contents of these sizes, each as small as it must be.

    Raises Refusal: `too_large`, `bad_value` where the sizes do not add up.
    """
    if any(size > MAX_CONTENT_BYTES for size in sizes):
        raise Refusal(Code.TOO_LARGE, f"A content has at most {MAX_CONTENT_BYTES} bytes here.")
    if sum(sizes) > MAX_BYTES:
        raise Refusal(Code.TOO_LARGE, f"All contents have at most {MAX_BYTES} bytes here.")
    start = file.tell()
    came = size_of(file) - start
    file.seek(start)
    if sum(sizes) != came:
        text = f"The sizes add up to {sum(sizes)} bytes, and {came} came."
        raise Refusal(Code.BAD_VALUE, text)


def size_of(file: IO[bytes]) -> int:
    """The bytes of a file, which is then at its end."""
    file.seek(0, io.SEEK_END)
    return file.tell()


def line_of(members: dict[str, Any]) -> bytes:
    """The line, with its line feed."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
