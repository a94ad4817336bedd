"""The log: one line a record, with the id that the answer carries too."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.rig.processes import Processes
from tests.server.raw import Reply, exchange
from tests.server.rig import Running, running_cloud, until
from u1tray.server.logs import Access, JsonFormatter, request_id
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

PROXIES = (ip_network("127.0.0.1"),)
HEADER = "X-Request-ID"
MEMBERS = ["time", "level", "logger", "message", "request_id"]


@contextmanager
def accesses(caplog: pytest.LogCaptureFixture) -> Iterator[list[Access]]:
    """What is noted of the requests answered meanwhile."""
    found: list[Access] = []
    caplog.clear()
    with caplog.at_level(logging.INFO):
        yield found
    found += [record.access for record in caplog.records if hasattr(record, "access")]


def formatted(record: logging.LogRecord) -> dict[str, Any]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def record(message: str = "text", *words: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("u1tray.x", logging.WARNING, "", 1, message, words, None)
    made.request_id = "-"
    vars(made).update(more)
    return made


async def test_answer_and_log_carry_one_id(
    running: Running, ana: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    """A new one for each request; a client's own is not taken."""
    replies = []
    with accesses(caplog):
        for _ in range(2):
            replies.append(await running.signed(ana, "GET", "/api/quota/"))
        replies.append(await running.request("GET", "/api/time", {HEADER: "chosen"}))
    ids = [reply.header(HEADER) for reply in replies]
    assert all(number and re.fullmatch("[0-9a-f]{16}", number) for number in ids)
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("7f3a-b_c.9", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a,b", False),
        ("é", False),
        ('"}', False),
    ],
)
async def test_trusted_proxy_may_give_the_id(data: Path, given: str, is_taken: bool) -> None:
    """If it is one: 1 to 64 letters, digits, dots, dashes."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        reply = await running.request("GET", "/api/time", {HEADER: given})
        assert (reply.header(HEADER) == given) is is_taken
        assert reply.header(HEADER)


async def test_two_given_ids_are_none(data: Path) -> None:
    """As a client might add one before the proxy's."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        head = f"GET /api/time HTTP/1.1\r\nHost: x\r\n{HEADER}: one\r\n{HEADER}: two\r\n\r\n"
        reply = await running.send(head.encode())
        assert reply.header(HEADER) not in ("one", "two", None)


@pytest.mark.parametrize(
    "data_sent",
    [b"GARBAGE\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"],
)
async def test_refused_request_has_an_id_too(running: Running, data_sent: bytes) -> None:
    """Whether it is HTTP or not."""
    replies = [await running.send(data_sent) for _ in range(2)]
    assert {reply.status for reply in replies} == {400}
    assert len({reply.header(HEADER) for reply in replies}) == 2


async def test_access_line_names_route_and_account_but_no_path(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Method, route pattern, status, bytes, seconds, account, peer."""
    async with running_cloud(data, trusted_proxies=PROXIES) as running:
        account = await running.add_account()
        credentials, _ = await running.add_token(account)
        target = "/content/~/Ubuntu%20One/secret-plan.txt"
        with accesses(caplog) as found:
            put = await running.signed(credentials, "PUT", target, body=b"x" * 70_000)
            got = await running.signed(credentials, "GET", target)
            header = running.sign(credentials, "HEAD", target)
            fields = {"Authorization": header, "X-Forwarded-For": "192.0.2.7"}
            await running.request("HEAD", target, fields)
            await running.request("GET", "/no/such/secret-plan.txt?password=1")
            # A line is written when its answer is on its way.
            await until(lambda: sum(hasattr(one, "access") for one in caplog.records) == 4, "lines")
    assert (put.status, got.status) == (201, 200)
    assert [access.method for access in found] == ["PUT", "GET", "HEAD", "GET"]
    assert [access.status for access in found] == [201, 200, 200, 404]
    pattern = "/content/~/{path...}"
    assert [access.route for access in found] == [pattern, pattern, pattern, "unknown"]
    assert [access.account_id for access in found] == [1, 1, 1, None]
    assert [access.peer for access in found] == ["127.0.0.1"] * 2 + ["192.0.2.7", "127.0.0.1"]
    sizes = [access.bytes for access in found]
    assert 70_000 < sizes[1] < 71_000
    assert all(0 < size < 2000 for size in (sizes[0], *sizes[2:]))
    assert all(access.seconds > 0 for access in found)
    assert "secret-plan" not in caplog.text
    assert "password" not in caplog.text


def test_json_line_has_its_members() -> None:
    """Time in RFC 3339 and UTC; no id where there is no request."""
    line = formatted(record("wrong %s", "x", created=1325376000.25))
    assert list(line) == MEMBERS
    assert line == {
        "time": "2012-01-01T00:00:00.250Z",
        "level": "warning",
        "logger": "u1tray.x",
        "message": "wrong x",
        "request_id": None,
    }


def test_json_line_is_one_line_whatever_it_says() -> None:
    """New lines, quotes, lone surrogates, exceptions with all of them."""
    try:
        message = 'first\nsecond "quoted" \udcff'
        raise ValueError(message)
    except ValueError as error:
        caught = (type(error), error, error.__traceback__)
    line = formatted(record("a\nb\u2028c\0", exc_info=caught, request_id="r1"))
    assert list(line) == [*MEMBERS, "exception"]
    assert (line["message"], line["request_id"]) == ("a\nb\u2028c\0", "r1")
    assert line["exception"].startswith("Traceback")
    assert 'second "quoted"' in line["exception"]


def test_request_has_no_id_outside_of_one() -> None:
    """The variable of this context was never set."""
    assert request_id.get() == "-"


async def fetch(host: str, target: str) -> Reply:
    name, _, port = host.rpartition(":")
    data = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    return await exchange(name, int(port), data)


async def test_server_writes_json_lines(started: Processes, data: Path) -> None:
    """`--log-format json`: every line of standard error is an object, now, in UTC."""
    process = started.start(
        *("u1server", "serve", "--data", str(data), "--log-format", "json"),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        env={"TZ": "Asia/Tokyo"},
    )
    url = process.wait_for_line("listening on ").removeprefix("listening on http://")
    process.wait_for_line("admin on ")
    reply = await fetch(url, "/api/time?oauth_signature=abc")
    number = reply.header(HEADER)
    assert number
    line = json.loads(process.wait_for_line(number))
    members = ["method", "route", "status", "bytes", "seconds", "account_id", "peer"]
    assert list(line) == MEMBERS + members
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/time", 200)
    assert (line["account_id"], line["peer"], line["level"]) == (None, "127.0.0.1", "info")
    moment = datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
    assert abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=10)
    assert "abc" not in process.output


def test_unknown_log_format_is_refused(started: Processes, data: Path) -> None:
    """Exit code 2, one line."""
    done = started.run("u1server", "serve", "--data", str(data), "--log-format", "xml")
    assert done.returncode == 2
    assert done.stderr == "u1server: option --log-format: must be text or json, not 'xml'\n"
