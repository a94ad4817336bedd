"""A response as a value."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

Headers = tuple[tuple[str, str], ...]

JSON = "application/json"  # exactly: no charset (REST contract, 2.2)
TEXT = "text/plain"


@dataclass(frozen=True)
class FilePart:
    """Bytes of an open file, which the listener sends and closes; `head` goes out before them."""

    file: BinaryIO
    offset: int
    count: int
    head: bytes = field(default=b"", repr=False)


class Source(Protocol):
    """Bytes that come piece by piece. The listener closes it."""

    async def next(self) -> bytes | None:
        """The next piece; None behind the last. Raises U1Error, FileNotFoundError."""

    def close(self) -> None:
        """No more is wanted; also where nothing was."""


@dataclass(frozen=True)
class SourcePart:
    """A body of `count` bytes from a source."""

    source: Source
    count: int


class Stream(Protocol):
    """A body without a length, made while it is sent. The listener closes it."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """Its bytes; ends soon after `lose`."""

    def lose(self) -> None:
        """The client is gone."""

    def close(self) -> None:
        """The stream is over, or was never begun."""


@dataclass(frozen=True)
class Response:
    """Status, body and headers; the listener adds Date, Server and Content-Length.

    With a `part` that is the body, and so is a `stream`.
    """

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Headers = ()
    part: FilePart | SourcePart | None = field(default=None, repr=False)
    stream: Stream | None = field(default=None, repr=False)

    def with_headers(self, *headers: tuple[str, str]) -> Response:
        """The same with more headers."""
        if not headers:
            return self
        every = (*self.headers, *headers)
        # `dataclasses.replace` takes three times as long, and every answer comes by here.
        return Response(self.status, self.content_type, self.body, every, self.part, self.stream)


def json_response(value: Any, status: int = 200, headers: Headers = ()) -> Response:
    """A JSON body."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json_text_response(text, status, headers)


def json_text_response(text: str, status: int = 200, headers: Headers = ()) -> Response:
    """A JSON body that is written already."""
    return Response(status, JSON, text.encode(), headers)


def text_response(text: str, status: int = 200, headers: Headers = ()) -> Response:
    """A plain text body."""
    return Response(status, TEXT, text.encode(), headers)


def empty_response(status: int, headers: Headers = ()) -> Response:
    """No body: what there is to say stands in the headers. 204 has no type either (20)."""
    return Response(status, "" if status == 204 else TEXT, b"", headers)


def file_response(
    part: FilePart | SourcePart, content_type: str, status: int = 200, headers: Headers = ()
) -> Response:
    """A body that is sent from a file, or from what is instead of one."""
    return Response(status, content_type, b"", headers, part)


def stream_response(
    stream: Stream, content_type: str, headers: Headers = (), status: int = 200
) -> Response:
    """A body that is made while it is sent."""
    return Response(status, content_type, b"", headers, stream=stream)
