"""The load: a client that costs little, so that the server is what is measured.

Requests are bytes that were made (and signed) before the clock starts.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.cloud.bench import CONNECTIONS

HOST = "127.0.0.1"
TIMEOUT_S = 120.0
_BATCH_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes


def connect(port: int) -> socket.socket:
    """A connection without delays."""
    wire = socket.create_connection((HOST, port), TIMEOUT_S)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def ask(wire: socket.socket, request: bytes) -> Answer:
    """One request and its answer."""
    wire.sendall(request)
    read = bytearray()
    while (end := _end(read)) is None:
        read += _must(wire.recv(_BATCH_BYTES))
    while len(read) < end:
        read += _must(wire.recv(_BATCH_BYTES))
    return Answer(int(read[9:12]), bytes(memoryview(read)[read.index(b"\r\n\r\n") + 4 :]))


def seconds_of(wire: socket.socket, request: bytes) -> float:
    """How long one request takes. Fails if it is refused."""
    started = time.perf_counter()
    answer = ask(wire, request)
    taken = time.perf_counter() - started
    assert answer.status in (200, 201, 204), answer
    return taken


def rate(port: int, requests: Sequence[bytes], answers: dict[int, bytes] | None = None) -> float:
    """Requests a second over CONNECTIONS connections, each with one request on its way.

    `answers` gets the body of each, by the number of its request.
    """
    left = iter(enumerate(requests))
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        wires = [connect(port) for _ in range(CONNECTIONS)]
        for wire in wires:
            selector.register(wire, selectors.EVENT_READ, _Asked(answers))
            _send_next(selector, wire, left)
        while selector.get_map():
            ready = selector.select(TIMEOUT_S)
            assert ready, "no answer any more"
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                _take(selector, key.fileobj, left)
    return len(requests) / (time.perf_counter() - started)


def put(port: int, head: bytes, pieces: Iterator[bytes]) -> float:
    """Seconds of one upload."""
    with connect(port) as wire:
        started = time.perf_counter()
        wire.sendall(head)
        for piece in pieces:
            wire.sendall(piece)
        answer = ask(wire, b"")
        taken = time.perf_counter() - started
    assert answer.status in (200, 201, 204), answer
    return taken


def get(port: int, head: bytes, size: int) -> float:
    """Seconds of one download of `size` bytes."""
    buffer = bytearray(_BATCH_BYTES)
    with connect(port) as wire:
        started = time.perf_counter()
        wire.sendall(head)
        read = b""
        while b"\r\n\r\n" not in read:
            read += _must(wire.recv(64 * 1024))
        assert b" 200 " in read[:32], read[:200]
        left = size - (len(read) - read.index(b"\r\n\r\n") - 4)
        while left:
            count = wire.recv_into(buffer)
            assert count, "cut off"
            left -= count
        return time.perf_counter() - started


@dataclass
class _Asked:
    """The request that is on its way over a connection, and what came of its answer."""

    answers: dict[int, bytes] | None
    number: int = 0
    read: bytearray = field(default_factory=bytearray)


def _take(
    selector: selectors.BaseSelector, wire: socket.socket, left: Iterator[tuple[int, bytes]]
) -> None:
    """What came on a connection; after a whole answer the next request."""
    asked: _Asked = selector.get_key(wire).data
    read = asked.read
    read += _must(wire.recv(_BATCH_BYTES))
    end = _end(read)
    if end is not None and len(read) >= end:
        assert bytes(read[9:12]) in (b"200", b"201", b"204"), bytes(read)
        if asked.answers is not None:
            asked.answers[asked.number] = bytes(read[read.index(b"\r\n\r\n") + 4 : end])
        read.clear()
        _send_next(selector, wire, left)


def _send_next(
    selector: selectors.BaseSelector, wire: socket.socket, left: Iterator[tuple[int, bytes]]
) -> None:
    numbered = next(left, None)
    if numbered is None:
        selector.unregister(wire)
        wire.close()
    else:
        selector.get_key(wire).data.number, request = numbered
        wire.sendall(request)


def _end(read: bytes | bytearray) -> int | None:
    """Where the answer ends, None while its head is not whole."""
    head = read.find(b"\r\n\r\n")
    if head < 0:
        return None
    lines = read[:head].lower()
    start = lines.find(b"content-length:")
    if start < 0:
        return head + 4
    return head + 4 + int(lines[start + 15 :].partition(b"\r")[0])


def _must(read: bytes) -> bytes:
    assert read, "the server closed the connection"
    return read
