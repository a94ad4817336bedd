"""One connection to one host: a request out, its answer back, then the next.

Errors leave here as the system's own (`OSError`, `ssl.SSLError`) or as HeadError. Not for two
threads.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import TYPE_CHECKING

from u1tray.rest.blocking.wire.heads import (
    END,
    LARGEST_HEAD_BYTES,
    Framing,
    Head,
    HeadError,
    read_head,
)

if TYPE_CHECKING:
    import ssl

# As much as a fast line brings while the part before is worked on: fewer turns, in which threads
# wait for each other.
PART_BYTES = 4 * 1024 * 1024
# What the system may hold back before it is on the line: of that, nobody knows how it goes.
UNSENT_BYTES = 256 * 1024
_TCP_NOTSENT_LOWAT = 25  # tcp(7); Python names it from 3.12 on
_SMALL_BYTES = 64 * 1024
# A part of so many bytes that is received outlasts its call: until this many have followed it.
LASTING_BYTES = _SMALL_BYTES
LASTING_PARTS = 1
_LONGEST_CHUNK_LINE = 4096
_MOST_INTERIM = 100  # answers to one request, before the one that counts

Part = bytes | memoryview
Write = Callable[[Part], object]


@dataclass(frozen=True)
class Origin:
    """Where a connection leads; `tls` is None for plain http."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class ClosedError(OSError):
    """The other end hung up in the middle."""

    def __init__(self) -> None:
        super().__init__(None, "the connection was closed")


class Line:
    """Open from the start on; raises what the system says.

    A silence of `silence_seconds` raises TimeoutError or BlockingIOError.
    """

    def __init__(self, origin: Origin, connect_seconds: float, silence_seconds: float) -> None:
        # As bytes, for a name as text loads all that internationalized names need.
        address = origin.host.strip("[]").encode("ascii"), origin.port
        plain = socket.create_connection(address, connect_seconds)  # type: ignore[arg-type]
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):
                plain.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES)
            self._socket = _secured(plain, origin)
            self._is_plain = self._socket is plain
            _limit_silence(self._socket, silence_seconds, is_plain=self._is_plain)
        except BaseException:
            plain.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._buffer = bytearray(_SMALL_BYTES)
        self._begin = self._end = 0  # what of the buffer was received and not read
        self._ring: deque[mmap] = deque()  # made as they are needed
        self._early: bytes | None = None  # the head of an answer that came while we sent
        self._interim_count = 0

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.close()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing came since the last answer: else the other end has hung up."""
        return self._begin == self._end and not self._has_news()

    def send(self, head: bytes, body: Part | Iterator[Part] | None) -> bool:
        """Send a request; whether all of it went.

        Not all goes where the answer comes before: it is to be read, and the connection left.
        """
        self._interim_count = 0
        parts = iter((body,)) if isinstance(body, bytes | memoryview) else body or iter(())
        try:
            self._send_both(head, next(parts, b""))
            for part in parts:
                if self._is_plain and self._is_answered():
                    return False
                self._send(part)
        except OSError as error:
            if self._has_hung_up(error):
                return False  # the answer may be there all the same
            raise
        return True

    def receive_head(self, method: str) -> Head:
        """The head of the answer. Raises HeadError, ClosedError."""
        while True:
            data, self._early = self._early, None
            if data is None:
                data = self._until(END, LARGEST_HEAD_BYTES)
            head = read_head(data, method)
            if not self._passes(head):
                return head

    def receive_body(self, head: Head, write: Write) -> None:
        """Give the body to `write`, part by part; a part is only there during its call.

        One of `LASTING_BYTES` and more is there until `LASTING_PARTS` have followed it.
        Raises ClosedError for one that breaks off.
        """
        if head.framing is Framing.LENGTH:
            self._receive(head.length, write)
        elif head.framing is Framing.CHUNKED:
            self._receive_chunks(write)
        else:
            while part := self._some(PART_BYTES):
                write(part)

    def _is_answered(self) -> bool:
        """Whether the answer has begun before all was sent; interim ones are passed over."""
        while self._begin != self._end or self._has_news():
            data = self._until(END, LARGEST_HEAD_BYTES)
            if not self._passes(read_head(data, "")):
                self._early = data
                return True
        return False

    def _passes(self, head: Head) -> bool:
        """Whether it is an interim answer, of which there are not too many. Raises HeadError."""
        if not head.is_interim:
            return False
        self._interim_count += 1
        if head.status == 101:
            text = "the answer is in another protocol"
            raise HeadError(text)
        if self._interim_count > _MOST_INTERIM:
            text = "the answer does not come to its point"
            raise HeadError(text)
        return True

    def _has_hung_up(self, error: OSError) -> bool:
        """Whether an error says that the other end hears no more."""
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            return True
        if self._is_plain:
            return False
        import ssl  # noqa: PLC0415 - it is there where it is needed

        return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)

    def _receive(self, count: int, write: Write) -> None:
        while count:
            part = self._some(count)
            if not part:
                raise ClosedError
            count -= len(part)
            write(part)

    def _receive_chunks(self, write: Write) -> None:
        while True:
            digits = self._until(b"\r\n", _LONGEST_CHUNK_LINE).partition(b";")[0].strip()
            try:
                size = int(digits, 16) if digits.isalnum() else -1
            except ValueError:
                size = -1
            if size < 0:
                text = "a chunk of the answer makes no sense"
                raise HeadError(text)
            if not size:
                break
            self._receive(size, write)
            if self._until(b"\r\n", _LONGEST_CHUNK_LINE):
                text = "a chunk of the answer is longer than it says"
                raise HeadError(text)
        while self._until(b"\r\n", LARGEST_HEAD_BYTES):
            pass  # trailers tell us nothing

    def _some(self, most: int) -> memoryview:
        """What there is next, at most `most` bytes; nothing at the end of the connection."""
        if self._begin == self._end:
            if most >= len(self._buffer):
                large = memoryview(self._next_of_ring())[:most]
                return large[: self._socket.recv_into(large)]
            self._begin, self._end = 0, self._socket.recv_into(self._buffer)
        begin = self._begin
        self._begin = min(self._end, begin + most, begin + LASTING_BYTES - 1)
        return memoryview(self._buffer)[begin : self._begin]

    def _next_of_ring(self) -> mmap:
        """The buffer that was given longest ago."""
        if len(self._ring) <= LASTING_PARTS:
            # Not a bytearray, which is filled with zeros and so costs memory that nothing needs.
            self._ring.append(mmap(-1, PART_BYTES))
        else:
            self._ring.rotate(-1)
        return self._ring[-1]

    def _until(self, mark: bytes, limit: int) -> bytes:
        """What stands before a mark, which is passed."""
        searched = self._begin
        while (at := self._buffer.find(mark, searched, self._end)) < 0:
            if self._end - self._begin >= limit:
                text = "the head of the answer is too long"
                raise HeadError(text)
            searched = max(self._begin, self._end - len(mark) + 1)
            searched -= self._make_room()
            count = self._socket.recv_into(memoryview(self._buffer)[self._end :])
            if not count:
                raise ClosedError
            self._end += count
        found = bytes(memoryview(self._buffer)[self._begin : at])
        self._begin = at + len(mark)
        return found

    def _make_room(self) -> int:
        """Make some behind what is there; by how much that was moved to the front."""
        if self._begin == self._end:
            moved, self._begin, self._end = self._begin, 0, 0
            return moved
        if self._end < len(self._buffer):
            return 0
        moved, kept = self._begin, self._end - self._begin
        if moved:
            self._buffer[:kept] = self._buffer[moved : self._end]
            self._begin, self._end = 0, kept
        else:
            self._buffer = self._buffer + bytes(_SMALL_BYTES)
        return moved

    def _send_both(self, head: bytes, part: Part) -> None:
        """In one go, so that a small request is one packet."""
        if len(part) <= _SMALL_BYTES:
            self._send(head + part)
            return
        self._send(head)
        self._send(part)

    def _send(self, part: Part) -> None:
        if part:
            self._socket.sendall(part)

    def _has_news(self) -> bool:
        return bool(self._poll.poll(0))


def _secured(plain: socket.socket, origin: Origin) -> socket.socket:
    if origin.tls is None:
        return plain
    return origin.tls.wrap_socket(plain, server_hostname=origin.host.strip("[]"))


def _limit_silence(opened: socket.socket, seconds: float, *, is_plain: bool) -> None:
    """By the kernel where that can be: Python asks it before every call whether it would wait."""
    opened.settimeout(seconds)
    if not is_plain:
        return
    limit = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        opened.settimeout(None)
