"""Lines out of bytes as they come, of bounded length; knows nothing of what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from u1tray.rest import fields

LONGEST_LINE_BYTES = 4 * 1024 * 1024
# As server-sent events end them; NDJSON uses the first alone.
NEWLINE = re.compile(rb"\n")
ANY_END = re.compile(rb"\r\n|\n|\r")


class Lines:
    """Cuts bytes into lines. A CR at the end waits: its LF may come with the next bytes."""

    def __init__(self, end: re.Pattern[bytes]) -> None:
        self._end = end
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """What has no end yet."""
        return self._rest

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that are whole by now, without their ends. Raises ContractError."""
        text = self._rest + data
        begin = 0
        for found in self._end.finditer(text):
            if found[0] == b"\r" and found.end() == len(text):
                break
            yield text[begin : found.start()]
            begin = found.end()
        self._rest = text[begin:]
        if len(self._rest) > LONGEST_LINE_BYTES:
            raise fields.broken(what="a line that does not end")
