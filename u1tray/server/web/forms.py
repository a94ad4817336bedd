"""Reads what forms send: small fields, and files bit by bit."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.messages.request import Request

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 100
MAX_FILES = 1000
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"

Fields = Mapping[str, str]


async def read_fields(request: Request) -> Fields:
    """The fields of an ordinary form; of repeated ones the last. Raises Refusal."""
    content_type, _ = parse_options_header(request.headers.get("Content-Type", ""))
    if content_type.lower() != _FORM:
        raise Refusal(Code.BAD_REQUEST, "This is not a form.")
    body = await request.body.read(MAX_FORM_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise Refusal(Code.BAD_REQUEST, "The form cannot be read.") from None
    return dict(pairs)


@dataclass(frozen=True)
class Part:
    """One part of a multipart form: a field, or a file where it has a file name."""

    name: str
    file_name: str | None


class Multipart:
    """The parts of a form, in their order; the bytes of one before the next is asked for."""

    def __init__(self, request: Request) -> None:
        """Raises Refusal for what is no such form."""
        header = request.headers.get("Content-Type", "")
        content_type, options = parse_options_header(header)
        if content_type.lower() != _MULTIPART or not options.get("boundary"):
            raise Refusal(Code.BAD_REQUEST, "This is not a form with files.")
        try:
            self._parser = PushMultipartParser(
                options["boundary"], max_segment_count=MAX_FILES + MAX_FIELDS, strict=True
            )
        except MultipartError:
            raise _unreadable() from None
        self._events = _events(self._parser, request.body.chunks())

    async def parts(self) -> AsyncGenerator[Part, None]:
        """Each part; what is left of its bytes is passed over."""
        async with contextlib.aclosing(self._events) as events:
            async for event in events:
                if isinstance(event, MultipartSegment):
                    yield Part(event.name or "", event.filename)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the part that was given last."""
        async for event in self._events:
            if event is None:
                return
            assert not isinstance(event, MultipartSegment)
            yield bytes(event)
        raise _unreadable()

    async def text(self) -> str:
        """A field's value. Raises Refusal."""
        read = bytearray()
        async with contextlib.aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                read += chunk
                if len(read) > MAX_FORM_BYTES:
                    raise Refusal(Code.TOO_LARGE, "A field of the form is too long.")
        try:
            return read.decode()
        except UnicodeDecodeError:
            raise _unreadable() from None


async def _events(
    parser: PushMultipartParser, chunks: AsyncGenerator[bytes, None]
) -> AsyncGenerator[MultipartSegment | bytes | bytearray | None, None]:
    try:
        async with contextlib.aclosing(chunks):
            async for chunk in chunks:
                for event in parser.parse(chunk):
                    yield event
        parser.close()
    except MultipartError:
        raise _unreadable() from None


def _unreadable() -> Refusal:
    return Refusal(Code.BAD_REQUEST, "The form cannot be read.")
