"""Heads of HTTP/1.1 messages (RFC 9112)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.rest.blocking.wire.heads import Framing, HeadError, read_head, request_head

pytestmark = pytest.mark.core

FRAMINGS = [
    ("GET", "200 OK", "Content-Length: 7", Framing.LENGTH, 7),
    ("GET", "200 OK", "Content-Length: 7, 7", Framing.LENGTH, 7),
    ("GET", "200 OK", "Transfer-Encoding: chunked\r\nContent-Length: 7", Framing.CHUNKED, 0),
    ("GET", "200 OK", "Transfer-Encoding: gzip", Framing.CLOSE, 0),
    ("GET", "200 OK", "X: y", Framing.CLOSE, 0),
    ("HEAD", "200 OK", "Content-Length: 7", Framing.LENGTH, 0),
    ("GET", "304 Not Modified", "Content-Length: 7", Framing.LENGTH, 0),
    ("PATCH", "204 No Content", "X: y", Framing.LENGTH, 0),
]
NO_HTTP = [
    "",
    "HTTP/2 200 OK",
    "HTTP/1.1 20 OK",
    "<html>",
    "HTTP/1.1 200 OK\r\nno colon",
    "HTTP/1.1 200 OK\r\n: no name",
    "HTTP/1.1 200 OK\r\nA : b",
    "HTTP/1.1 200 OK\r\nA: b\r\n c",
    "HTTP/1.1 200 OK\r\nContent-Length: -1",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 2",
    "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999",
]


@pytest.mark.parametrize(("method", "status", "lines", "framing", "length"), FRAMINGS)
def test_end_of_a_body_is_found_as_the_rfc_says(method, status, lines, framing, length):
    """RFC 9112, 6.3."""
    head = read_head(f"HTTP/1.1 {status}\r\n{lines}".encode(), method)
    assert (head.framing, head.length) == (framing, length)


def test_two_ways_to_find_the_end_leave_no_connection_to_trust():
    """RFC 9112, 6.3: it is closed after such an answer."""
    both = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7"
    assert not read_head(both, "GET").keeps_connection
    assert read_head(both.partition(b"\r\nContent")[0], "GET").keeps_connection


@pytest.mark.parametrize("text", NO_HTTP)
def test_what_is_no_http_is_refused(text):
    """Nothing in an answer is trusted."""
    with pytest.raises(HeadError):
        read_head(text.encode(), "GET")


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: Close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_connection_is_kept_where_both_ends_want_it(version, connection, keeps):
    """RFC 9112, 9.3; never behind a body that ends with the connection."""
    head = read_head(f"HTTP/{version} 200 OK\r\n{connection}Content-Length: 0".encode(), "GET")
    assert head.keeps_connection is keeps
    endless = read_head(f"HTTP/{version} 200 OK\r\n{connection}X: y".encode(), "GET")
    assert endless.keeps_connection is False


def test_header_that_comes_twice_is_one_list():
    """RFC 9110, 5.3; names in any case."""
    head = read_head(b'HTTP/1.1 200\r\nETag: \t"a" \r\nVia: x\r\nVIA: y', "GET")
    assert head.headers == {"etag": '"a"', "via": "x, y"}


def test_request_is_written_as_it_is():
    """17: sent unchanged."""
    head = request_head("GET", "/a%20b?c=%2B", "h:1", {"A": "b"})
    assert head == b"GET /a%20b?c=%2B HTTP/1.1\r\nHost: h:1\r\nA: b\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/a b", {}),
        ("/a\r\nX: y", {}),
        ("/é", {}),
        ("/", {"A": "b\r\nX: y"}),
        ("/", {"A": "b\nX: y"}),
        ("/", {"A": "b\0"}),
        ("/", {"A": "\u20ac"}),
    ],
)
def test_what_would_become_another_request_is_refused(target, headers):
    """No line of a request comes from a server's answer."""
    with pytest.raises(ValueError, match=r"encoded|break|codec"):
        request_head("GET", target, "h", headers)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_a_head_or_refused(data):
    """Whatever comes."""
    for text in (data, b"HTTP/1.1 200 OK\r\n" + data):
        try:
            head = read_head(text, "GET")
        except HeadError:
            continue
        assert head.status >= 100
        assert head.length >= 0
