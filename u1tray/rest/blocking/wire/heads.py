"""Heads of HTTP/1.1 messages as bytes, sans I/O: ours to send, an answer's to read (RFC 9112).

Nothing here trusts a name, a value or a length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

LARGEST_HEAD_BYTES = 64 * 1024
END = b"\r\n\r\n"

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_TARGET = re.compile(r"[!-~]+")  # printable ASCII without the space
_UNSAFE = re.compile(r"[\r\n\0]")
_DIGITS = re.compile(r"[0-9]{1,18}")
_WITHOUT_BODY = frozenset({204, 304})


class HeadError(Exception):
    """What came is no HTTP; the text says what is wrong with it."""


class Framing(Enum):
    """How the end of a body is found (RFC 9112, 6.3)."""

    LENGTH = "by its length"
    CHUNKED = "by its last chunk"
    CLOSE = "by the end of the connection"


@dataclass(frozen=True)
class Head:
    """Status and headers (names in lower case) of an answer, and how its body comes."""

    status: int
    headers: Mapping[str, str]
    framing: Framing
    length: int  # in bytes, with Framing.LENGTH
    keeps_connection: bool

    @property
    def is_interim(self) -> bool:
        """Whether the answer itself is still to come."""
        return self.status < 200


def request_head(method: str, target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """The head of a request, with the empty line behind it.

    Raises ValueError for what would not arrive as it is here.
    """
    if not _TARGET.fullmatch(target):
        text = "a target that is not encoded"
        raise ValueError(text)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    text = "\r\n".join(lines)
    # Each line break is one of ours, or there are more of them.
    if text.count("\n") != len(lines) - 1 or len(_UNSAFE.findall(text)) != 2 * (len(lines) - 1):
        text = "a line break in a header"
        raise ValueError(text)
    return f"{text}\r\n\r\n".encode("latin-1")


def read_head(data: bytes, method: str) -> Head:
    """The head of an answer to a request with `method`, without the empty line behind it.

    Raises HeadError.
    """
    first, *lines = data.decode("latin-1").split("\r\n")
    found = _STATUS_LINE.fullmatch(first)
    if found is None:
        text = "the answer is no HTTP"
        raise HeadError(text)
    headers = _fields(lines)
    status = int(found[2])
    tokens = headers.get("connection", "").lower()
    keeps = "close" not in tokens if found[1] == "1" else "keep-alive" in tokens
    if "transfer-encoding" in headers and "content-length" in headers:
        keeps = False  # somebody on the way may see another end (RFC 9112, 6.3)
    framing, length = _framing(status, method, headers)
    return Head(status, headers, framing, length, keeps and framing is not Framing.CLOSE)


def _fields(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name[-1] in " \t" or name[0] in " \t":
            text = "a header of the answer makes no sense"
            raise HeadError(text)
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _framing(status: int, method: str, headers: Mapping[str, str]) -> tuple[Framing, int]:
    if method == "HEAD" or status < 200 or status in _WITHOUT_BODY:
        return Framing.LENGTH, 0
    coding = headers.get("transfer-encoding")
    if coding is not None:
        is_chunked = coding.lower().rpartition(",")[2].strip() == "chunked"
        return (Framing.CHUNKED if is_chunked else Framing.CLOSE), 0
    length = headers.get("content-length")
    if length is None:
        return Framing.CLOSE, 0
    lengths = {each.strip() for each in length.split(",")}
    if len(lengths) != 1 or not _DIGITS.fullmatch(min(lengths)):
        text = "the length of the answer makes no sense"
        raise HeadError(text)
    return Framing.LENGTH, int(min(lengths))
