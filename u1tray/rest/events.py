"""Server-sent events out of bytes as they come (https://html.spec.whatwg.org/#server-sent-events).

Pure: no connection, no clock. `id` and `retry` are passed over: the cloud's contract has no use
for the first, and our own pauses for the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from u1tray.rest import fields
from u1tray.rest.lines import ANY_END, LONGEST_LINE_BYTES, Lines

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Message:
    """One event; `name` is `message` where the server gave none."""

    name: str
    data: str


class EventReader:
    """Feed it what arrives."""

    def __init__(self) -> None:
        self._lines = Lines(ANY_END)
        self._is_begun = False
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events that are whole by now; comments are none. Raises ContractError."""
        for raw in self._lines.feed(data):
            line = raw if self._is_begun else raw.removeprefix(_BYTE_ORDER_MARK)
            self._is_begun = True
            if line:
                self._take(line)
                continue
            if self._data:
                yield Message(self._name or "message", _text(b"\n".join(self._data)))
            self._name, self._data, self._size = "", [], 0

    def _take(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = _text(value)
        elif field == b"data":
            self._data.append(value)
            self._size += len(value)
            if self._size > LONGEST_LINE_BYTES:
                raise fields.broken(what="an event that does not end")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
