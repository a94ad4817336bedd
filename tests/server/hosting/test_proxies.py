"""The sample files of data/hosting with the real nginx and the real Caddy in front of a cloud."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import socket
import ssl
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rig.certificates import MadeCertificate, make_certificate
from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes
from tests.rig.proxies import NAME, Proxy, start_caddy, start_nginx
from tests.server.files.client import API
from tests.server.hosting.client import Client
from tests.server.hosting.conftest import add_account
from tests.server.hosting.test_restart import activated, asking, end, go_on
from tests.server.uploads.client import UPLOADS
from u1tray.rest.signing import HMAC_SHA1, HMAC_SHA256, PLAINTEXT

pytestmark = pytest.mark.end2end
TAKES_SECONDS = 40

PROXIES = {"caddy": start_caddy, "nginx": start_nginx}
CONTENT = "/content/~/Ubuntu%20One"
BIG = 20 * 2**20


@dataclass
class Front:
    """A cloud behind a proxy."""

    proxy: Proxy
    server: Process
    ana: Client
    listening: socket.socket
    data: Path
    started: Processes

    def raw(self, *lines: str) -> ssl.SSLSocket:
        """A connection on which a request's head was sent."""
        wire = socket.create_connection(("127.0.0.1", self.proxy.port), 60)
        assert self.ana.context is not None
        sealed = self.ana.context.wrap_socket(wire, server_hostname=NAME)
        host = self.proxy.url.removeprefix("https://")
        sealed.sendall("\r\n".join([*lines, f"Host: {host}", "", ""]).encode())
        return sealed


@contextlib.contextmanager
def behind(name: str) -> Iterator[Front]:
    """A cloud on a socket that outlives it, and a proxy before it."""
    with tempfile.TemporaryDirectory(prefix="u1-") as folder:
        home = Path(folder)
        with (
            processes(scrubbed(home), home) as started,
            socket.create_server(("127.0.0.1", 0), backlog=1024) as listening,
        ):
            started.env["U1SERVER_TRUSTED_PROXIES"] = "127.0.0.1"
            certificate = make_certificate(home)
            data = add_account(started, home / "cloud")
            server = activated(started, data, listening)
            upstream = f"127.0.0.1:{listening.getsockname()[1]}"
            proxy = PROXIES[name](started, home, upstream, certificate)
            ana = Client(proxy.url, proxy.port, NamedContext(certificate)).log_in()
            yield Front(proxy, server, ana, listening, data, started)
            ana.close()


@pytest.fixture(scope="module", params=sorted(PROXIES))
def shared_front(request: pytest.FixtureRequest) -> Iterator[Front]:
    """For all tests that leave it as it is."""
    with behind(request.param) as found:
        yield found


@pytest.fixture
def front(shared_front: Front) -> Front:
    """With a client that remembers nothing of the test before."""
    shared_front.ana.close()
    shared_front.ana.signature_method = HMAC_SHA1
    return shared_front


@pytest.fixture(params=sorted(PROXIES))
def own_front(request: pytest.FixtureRequest) -> Iterator[Front]:
    """For a test that stops the server."""
    with behind(request.param) as found:
        yield found


class NamedContext(ssl.SSLContext):
    """Trusts the certificate, and asks for the cloud by its name (SNI) whatever the address."""

    def __new__(cls, _certificate: MadeCertificate) -> NamedContext:
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, certificate: MadeCertificate) -> None:
        self.load_verify_locations(str(certificate.certificate))

    def wrap_socket(self, sock, *arguments, **options):
        return super().wrap_socket(sock, *arguments, **(options | {"server_hostname": NAME}))


TARGETS = (
    f"{CONTENT}/caf%C3%A9%20(1)/a~b%2Bc%25.txt",
    f"{CONTENT}/dir%2Fname.txt",
    f"{CONTENT}//double///slash/",
    f"{CONTENT}/%7Etilde-%41-lower%c3%a9",
    f"{CONTENT}/plus+semi;colon,comma'quote!star*",
    f"{CONTENT}/q%3Fmark%23hash?a=%7E%2Bx&b=two+words&empty=",
    f"{CONTENT}/back%5Cslash%0Anewline",
)


def test_odd_targets_verify_behind_the_proxy(front) -> None:
    """The request target and Host go through unchanged, as signed (13.2, V3 to V7)."""
    for target in TARGETS:
        front.ana.signature_method = HMAC_SHA1
        assert front.ana.ask("PUT", target, b"hello world").status == 201, target
        front.ana.signature_method = HMAC_SHA256
        found = front.ana.ask("GET", target)
        assert (found.status, found.body) == (200, b"hello world"), target
        deleted = front.ana.ask("DELETE", API + target.removeprefix("/content"))
        assert (deleted.status, deleted.body) == (200, b"{}"), target


def test_secrets_pass_over_https_only(front) -> None:
    """The proxy's word counts: PLAINTEXT, passwords and Secure cookies over https (13.3)."""
    ana = front.ana
    ana.signature_method = PLAINTEXT
    assert ana.ask("GET", "/api/quota/").status == 200
    basic = "Basic " + b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
    guest = Client(ana.base, ana.port, ana.context)
    target = "/api/1.0/authentications?ws.op=authenticate&token_name=old"
    assert guest.ask("GET", target, Authorization=basic).status == 200
    page = guest.ask("GET", "/login")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "; Secure" in cookie
    form = re.search(r'name="form_token" value="([^"]+)"', page.body.decode())
    assert form is not None
    body = f"form_token={form[1]}&email=ana%40example.com&password={PASSWORD.replace(' ', '+')}"
    done = guest.ask(
        *("POST", "/login", body.encode()),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookie.partition(";")[0],
        Origin=ana.base,
    )
    assert (done.status, done.headers["location"]) == (303, "/files/")
    guest.close()


def test_forged_forwarded_headers_are_not_believed(front) -> None:
    """A client cannot say that it is another, or at the proxy's own machine (13.2)."""
    fields = {"X_Forwarded_For": "203.0.113.66", "X_Forwarded_Proto": "http"}
    front.ana.signature_method = PLAINTEXT
    assert front.ana.ask("GET", "/api/quota/", **fields).status == 200
    line = front.server.wait_for_match(lambda line: "GET /api/quota/ 200" in line, "the request")
    assert line.endswith(", 127.0.0.1")
    assert "203.0.113.66" not in front.server.output


def test_plain_http_redirects_browsers_and_refuses_programs(front) -> None:
    """No redirect from any signed URL (2.2, 8)."""
    wire = http.client.HTTPConnection("127.0.0.1", front.proxy.plain_port, timeout=60)

    def ask(target: str) -> tuple[int, str | None]:
        wire.request("GET", target, headers={"Host": f"{NAME}:{front.proxy.plain_port}"})
        answer = wire.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location")

    for target in ("/api/quota/", f"{CONTENT}/a", "/oauth/sso-finished-so-get-tokens/"):
        assert ask(target) == (403, None)
    status, location = ask("/files/?a=b")
    assert status == 308
    assert location is not None
    assert re.fullmatch(rf"https://{NAME}(:\d+)?/files/\?a=b", location)
    wire.close()


def test_large_files_and_ranges_pass(front) -> None:
    """20 MiB both ways, with a length and in chunks; ranges and entity tags (7)."""
    data = os.urandom(BIG)
    ana = front.ana
    put = ana.ask("PUT", f"{CONTENT}/big", data)
    assert (put.status, put.json["size"]) == (201, BIG)
    got = ana.ask("GET", f"{CONTENT}/big")
    assert (got.headers["content-length"], got.headers["etag"]) == (str(BIG), put.headers["etag"])
    assert hashlib.sha1(got.body).digest() == hashlib.sha1(data).digest()
    part = ana.ask("GET", f"{CONTENT}/big", Range="bytes=5000000-5000999")
    assert (part.status, part.body) == (206, data[5000000:5001000])
    assert part.headers["content-range"] == f"bytes 5000000-5000999/{BIG}"
    same = ana.ask("GET", f"{CONTENT}/big", If_None_Match=put.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    chunks = iter([data[i : i + 100_000] for i in range(0, BIG, 100_000)])
    assert ana.ask("PUT", f"{CONTENT}/chunks", chunks).json["hash"] == put.json["hash"]
    head = ana.ask("HEAD", f"{CONTENT}/big")
    assert (head.status, head.headers["content-length"]) == (200, str(BIG))


def test_client_that_expects_100_gets_it(front) -> None:
    """And its body is taken then; an answer that needs no body may come instead (2.1)."""
    for target, status in ((f"{CONTENT}/waited", b"201"), (f"{API}/nowhere", b"404")):
        wire = front.raw(
            f"PUT {target} HTTP/1.1",
            f"Authorization: {front.ana.sign('PUT', target)}",
            "Content-Length: 11",
            "Expect: 100-continue",
            "Connection: close",
        )
        with wire, wire.makefile("rb") as reader:
            first = reader.readline()
            if b" 100 " in first:
                while reader.readline() != b"\r\n":
                    pass
                wire.sendall(b"hello world")
                first = reader.readline()
            assert first.split()[1] == status


def test_change_events_arrive_while_the_stream_is_open(own_front) -> None:
    """Nothing is held back (16.2); the end of the server is told."""
    front = own_front
    target = f"{API}/changes"
    wire = front.raw(f"GET {target} HTTP/1.1", f"Authorization: {front.ana.sign('GET', target)}")
    with wire, wire.makefile("rb") as reader:

        def event() -> tuple[str, Any]:
            while True:
                line = reader.readline()
                assert line
                if line.startswith(b"event: "):
                    data = json.loads(reader.readline().decode().removeprefix("data: "))
                    return line.decode().strip().removeprefix("event: "), data

        assert event()[0] == "hello"
        for number in range(3):
            assert front.ana.ask("PUT", f"{CONTENT}/{number}", b"x").status == 201
            told = {"path": "~/Ubuntu One", "generation": number + 1}
            assert event() == ("generation", told)
        end(front.server)
        assert event() == ("bye", {"reason": "shutdown"})


def test_resumable_upload_passes(front) -> None:
    """tus with its methods and headers, and a method in disguise (16.3)."""
    ana, tus = front.ana, {"Tus_Resumable": "1.0.0"}
    options = ana.ask("OPTIONS", UPLOADS)
    assert (options.status, options.headers["tus-version"]) == (204, "1.0.0")
    data = os.urandom(3_000_000)
    metadata = "target " + b64encode(b"/~/Ubuntu One/tus").decode()
    made = ana.ask("POST", UPLOADS, Upload_Length="3000000", Upload_Metadata=metadata, **tus)
    assert made.status == 201
    place = made.headers["location"].removeprefix(ana.base)
    octets = {"Content_Type": "application/offset+octet-stream", **tus}
    first = ana.ask("PATCH", place, data[:1_000_000], Upload_Offset="0", **octets)
    assert (first.status, first.headers["upload-offset"]) == (204, "1000000")
    assert ana.ask("HEAD", place, **tus).headers["upload-offset"] == "1000000"
    done = ana.ask(
        *("POST", place, data[1_000_000:]),
        Upload_Offset="1000000",
        X_HTTP_Method_Override="PATCH",
        **octets,
    )
    assert (done.status, done.headers["content-location"]) == (204, f"{API}/~/Ubuntu%20One/tus")
    assert ana.ask("GET", f"{CONTENT}/tus").body == data


def test_restart_behind_the_proxy_fails_no_request(own_front) -> None:
    """Old connections between proxy and server end between requests."""
    front = own_front
    with asking(front.ana.another(), front.ana.another()) as threads:
        go_on(threads)
        end(front.server)
        newer = activated(front.started, front.data, front.listening)
        go_on(threads)
    end(newer)


def test_sample_settings_trust_their_proxy() -> None:
    """What the samples say of u1server's own options is what these tests use."""
    for sample in ("Caddyfile", "nginx.conf"):
        text = (Path(__file__).parents[3] / "data/hosting" / sample).read_text()
        assert "trusted_proxies = 127.0.0.1\n" in text
        assert "listen = 127.0.0.1:9180" in text
