"""One connection against a raw socket that says what a test wants, in what pieces it wants."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rig.certificates import make_certificate
from u1tray.rest import offline
from u1tray.rest.blocking.wire.direct import Direct
from u1tray.rest.blocking.wire.line import LASTING_BYTES, LASTING_PARTS, PART_BYTES, Line, Origin
from u1tray.rest.requests import Request
from u1tray.vocabulary.errors import ContractError, OfflineError

pytestmark = pytest.mark.end2end

OK = b"HTTP/1.1 200 OK\r\n"
Talk = Callable[[socket.socket], object]


@contextlib.contextmanager
def talking(*talks: Talk, seconds: float = 20.0) -> Iterator[Direct]:
    """A way to a server with one of the talks for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                for talk in talks:
                    connection, _ = listener.accept()
                    with connection:
                        talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        way = Direct(f"http://127.0.0.1:{listener.getsockname()[1]}", {}, None, seconds)
        try:
            yield way
        finally:
            way.close()
        thread.join(20)
        assert not thread.is_alive()


def saying(*pieces: bytes) -> Talk:
    """Hears a request without a body, then says this."""

    def talk(connection: socket.socket) -> None:
        hear(connection)
        for piece in pieces:
            connection.sendall(piece)

    return talk


def hear(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(65536)
    return heard


def get(way: Direct, method: str = "GET") -> Request:
    return Request(method, f"http://127.0.0.1:{way._origin.port}/x")


def fetched(way: Direct) -> bytes:
    found = bytearray()
    way.fetch(get(way), lambda _head: found.extend)
    return bytes(found)


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.lists(st.integers(1, 300), max_size=8),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_answer_is_the_same_in_whatever_pieces_it_comes(parts, cuts, is_chunked):
    """RFC 9112, 7.1: chunks with extensions and trailers; two answers on one connection."""
    body = b"".join(parts)
    if is_chunked:
        chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts)
        message = OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX: y\r\n\r\n"
    else:
        message = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    at = sorted(min(cut, len(message)) for cut in cuts)
    pieces = [message[a:b] for a, b in zip([0, *at], [*at, len(message)], strict=True)]

    def both(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        saying(*pieces)(connection)
        saying(*pieces)(connection)

    with talking(both) as way:
        assert way.exchange(get(way)).body == body
        assert fetched(way) == body


def test_large_body_comes_whole():
    """Through the large buffer too, by its length and by the end of the connection."""
    body = os.urandom(3 * PART_BYTES + 5)
    long = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with talking(saying(long), saying(OK + b"\r\n" + body)) as way:
        assert fetched(way) == body
        way.close()
        assert fetched(way) == body


def test_large_parts_outlast_their_calls():
    """Until so many have followed: whoever hashes them need not copy them."""
    body = os.urandom(8 * PART_BYTES + 5)
    long = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    kept: deque[tuple[memoryview, int, int]] = deque()
    wrong = []
    at = 0

    def write(part) -> None:
        nonlocal at
        if len(part) >= LASTING_BYTES:
            kept.append((part, at, at + len(part)))
        at += len(part)
        wrong.extend(begin for one, begin, end in kept if one != body[begin:end])
        if len(kept) == LASTING_PARTS:
            kept.popleft()

    with talking(saying(long)) as way:
        way.fetch(get(way), lambda _head: write)
    assert (at, wrong) == (len(body), [])


def test_interim_answers_are_passed_over():
    """RFC 9110, 15.2."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with talking(saying(interim + OK + b"Content-Length: 2\r\n\r\nhi")) as way:
        assert way.exchange(get(way)).body == b"hi"


def test_connection_that_was_hung_up_is_not_used_again():
    """A server may end a silent connection at any time."""
    ended = threading.Event()

    def once(connection: socket.socket) -> None:
        saying(OK + b"Content-Length: 0\r\n\r\n")(connection)
        connection.shutdown(socket.SHUT_RDWR)
        ended.set()

    with talking(once, saying(OK + b"Content-Length: 0\r\n\r\n")) as way:
        assert way.exchange(get(way)).status == 200
        assert ended.wait(20)
        assert way.exchange(get(way)).status == 200


BROKEN = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    OK + b"Content-Length: 10\r\n\r\nhi",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhi",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhi",
    OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    b"220 smtp.example.com ESMTP\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\n\r\n" * 1000,
    b"x" * 200_000,
]


@pytest.mark.parametrize("text", BROKEN)
def test_answer_that_breaks_off_or_is_none_is_offline(text):
    """17: to be tried again; nothing of it counts."""
    with talking(saying(text)) as way, pytest.raises(OfflineError) as caught:
        way.exchange(get(way))
    assert caught.value.code == offline.UNREACHABLE


def test_silence_ends_after_its_limit():
    """Every wait has an end, in the middle of a body too."""
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        saying(OK + b"Content-Length: 5\r\n\r\nhi")(connection)
        over.wait(20)

    with talking(talk, seconds=0.2) as way:
        with pytest.raises(OfflineError) as caught:
            way.exchange(get(way))
        over.set()
    assert caught.value.code == offline.TIMED_OUT


def test_answer_before_the_end_of_a_body_is_read():
    """2.1: a server that refuses need not hear everything; what it says is heard."""
    sent = []

    def refuse(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(b"HTTP/1.1 507 Full\r\nContent-Length: 4\r\n\r\nfull")
        answered.set()
        over.wait(20)

    def parts() -> Iterator[bytes]:
        for number in range(1000):
            sent.append(number)
            yield bytes(100_000)
            assert answered.wait(20)

    answered, over = threading.Event(), threading.Event()
    with talking(refuse, saying(OK + b"Content-Length: 0\r\n\r\n")) as way:
        request = Request("PUT", get(way).url, {"Content-Length": "100000000"})
        reply = way.exchange(request, parts())
        over.set()
        assert (reply.status, reply.body) == (507, b"full")
        assert len(sent) < 10
        assert way.exchange(get(way)).status == 200  # on another connection


@pytest.mark.parametrize("ending", [b"", b"HTTP/1.1 507 Full\r\nContent-Length: 0\r\n\r\n"])
def test_interim_answer_in_the_middle_of_a_body_does_not_end_it(ending):
    """RFC 9110, 15.2: the rest of the body is still wanted, unless the answer comes with it."""

    def talk(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n" + ending)
        answered.set()
        if ending:
            over.wait(20)
            return
        heard = b""
        while not heard.endswith(b"end"):
            heard += connection.recv(65536)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\nhi")

    def parts() -> Iterator[bytes]:
        yield b"begin"
        assert answered.wait(20)
        yield b"middle"
        yield b"end"

    answered, over = threading.Event(), threading.Event()
    with talking(talk) as way:
        reply = way.exchange(Request("PUT", get(way).url, {"Content-Length": "14"}), parts())
        over.set()
    assert (reply.status, reply.body) == ((507, b"") if ending else (200, b"hi"))


@pytest.mark.parametrize(
    ("error", "is_end"),
    [
        (ssl.SSLEOFError(8, "EOF"), True),
        (ssl.SSLZeroReturnError(6, "closed"), True),
        (BrokenPipeError(), True),
        (ssl.SSLError(1, "bad"), False),
        (OSError(5, "broken"), False),
    ],
)
def test_end_of_tls_while_a_body_is_sent_is_as_one_without_it(home, error, is_end):
    """The answer may be there all the same, and is to be read; other errors are told."""

    def parts() -> Iterator[bytes]:
        yield b"begin"
        raise error  # as the next write would

    made = make_certificate(home)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with (
                contextlib.suppress(OSError),  # we may have hung up by then
                context.wrap_socket(connection, server_side=True) as secured,
            ):
                secured.recv(65536)
                secured.sendall(b"HTTP/1.1 507 Full\r\nContent-Length: 4\r\n\r\nfull")
                secured.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        line = Line(Origin("127.0.0.1", listener.getsockname()[1], made.trusting()), 20, 20)
        try:
            if is_end:
                assert not line.send(b"PUT /x HTTP/1.1\r\n\r\n", parts())
                assert line.receive_head("PUT").status == 507
            else:
                with pytest.raises(type(error)):
                    line.send(b"PUT /x HTTP/1.1\r\n\r\n", parts())
        finally:
            line.close()
        thread.join(20)


def test_body_that_raises_leaves_no_half_request_behind():
    """The next request goes over another connection."""

    class OddError(Exception):
        pass

    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OddError

    with talking(lambda c: c.recv(1), saying(OK + b"Content-Length: 0\r\n\r\n")) as way:
        with pytest.raises(OddError):
            way.exchange(Request("PUT", get(way).url, {"Content-Length": "9"}), parts())
        assert way.exchange(get(way)).status == 200


def test_address_that_is_not_encoded_is_never_sent():
    """A path out of a server's answer becomes no second request."""
    way = Direct("http://127.0.0.1:1", {}, None, 1)
    with pytest.raises(ContractError):
        way.exchange(Request("GET", "http://127.0.0.1:1/a HTTP/1.1\r\nX: y"))
