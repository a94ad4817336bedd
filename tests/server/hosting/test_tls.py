"""TLS by the server itself: scheme, versions, renewed certificates, refused files."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import ssl
from pathlib import Path

import pytest

from tests.rig.certificates import MadeCertificate, make_certificate
from tests.rig.processes import Process, Processes, wait_until
from tests.server.rig import until
from u1tray.rest.signing import PLAINTEXT
from u1tray.server.settings.options import load_settings
from u1tray.server.sockets.certificate import Certificate, kept_fresh
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.end2end

BIG = 20 * 2**20


def serve(
    started: Processes, data: Path, made: MadeCertificate, *words: str
) -> tuple[Process, str]:
    """A server that speaks TLS, and its URL."""
    process = started.start(
        *("u1server", "serve", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
        *("--tls-certificate", str(made.certificate), "--tls-key", str(made.key), *words),
    )
    return process, process.wait_for_line("listening on ", 60).removeprefix("listening on ")


def test_https_takes_passwords_and_signatures(started, with_account, certificate, client) -> None:
    """The scheme is https: log-in, PLAINTEXT and HMAC over the https URL (13.2, 13.3)."""
    process, url = serve(started, with_account, certificate)
    assert url.startswith("https://")
    ana = client(url, context=certificate.trusting()).log_in()
    assert ana.ask("GET", "/api/quota/").status == 200
    ana.signature_method = PLAINTEXT
    assert ana.ask("GET", "/api/quota/").status == 200
    admin = process.wait_for_line("admin on ").removeprefix("admin on ")
    assert client(admin).ask("GET", "/readyz").status == 200
    data = os.urandom(BIG)
    assert ana.ask("PUT", "/content/~/Ubuntu%20One/big", data).status == 201
    answer = ana.ask("GET", "/content/~/Ubuntu%20One/big")
    assert hashlib.sha1(answer.body).digest() == hashlib.sha1(data).digest()
    answer = ana.ask("GET", "/content/~/Ubuntu%20One/big", Range="bytes=1000-300000")
    assert (answer.status, answer.body == data[1000:300001]) == (206, True)
    page = client(url, context=certificate.trusting()).ask("GET", "/login")
    assert "__Host-" in page.headers["set-cookie"]
    assert "Secure" in page.headers["set-cookie"]
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "Traceback" not in process.output


def test_old_tls_and_plain_http_are_turned_away(started, with_account, certificate, client) -> None:
    """TLS 1.2 at least; what is no TLS is closed; others are served meanwhile."""
    process, url = serve(started, with_account, certificate)
    port = int(url.rpartition(":")[2])
    old = certificate.trusting()
    old.set_ciphers("ALL:@SECLEVEL=0")
    # Deprecated, which is what the server is to say too.
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port), 60) as wire, pytest.raises(ssl.SSLError):
        old.wrap_socket(wire, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", port), 60) as wire:
        wire.sendall(b"GET /api/time HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"200 OK" not in wire.recv(4096)
    newer = certificate.trusting()
    newer.maximum_version = ssl.TLSVersion.TLSv1_2
    assert client(url, context=newer).ask("GET", "/api/time").status == 200
    assert "Traceback" not in process.output


@pytest.mark.parametrize("workers", [1, 2])
def test_renewed_certificate_is_used_after_sighup(
    started, home, with_account, certificate, *, client, workers
) -> None:
    """By all processes, for new connections; open ones stay; a bad file changes nothing."""
    process, url = serve(started, with_account, certificate, "--workers", str(workers))
    old = client(url, context=certificate.trusting())
    assert old.ask("GET", "/api/time").status == 200
    renewed = make_certificate(home, "renewed")
    both = certificate.trusting()
    both.load_verify_locations(str(renewed.certificate))

    def seen() -> set[bytes]:
        found = set()
        for _ in range(8):
            one = client(url, context=both)
            assert one.ask("GET", "/api/time").status == 200
            found.add(one.peer_certificate())
            one.close()
        return found

    (before,) = seen()
    if workers > 1:
        wait_until(lambda: len(children(process)) >= workers, 60, "the serving processes")
    process.signal(signal.SIGHUP)  # one that still begins hears of it, too
    wait_until(lambda: process.output.count("was read again") >= workers, 60, "all of them")
    shutil.copy(renewed.certificate, certificate.certificate)
    process.signal(signal.SIGHUP)  # the key is still the old one
    wait_until(lambda: process.output.count("still using the old") >= workers, 60, "a complaint")
    assert seen() == {before}
    shutil.copy(renewed.key, certificate.key)
    process.signal(signal.SIGHUP)
    wait_until(lambda: process.output.count("was read again") >= 2 * workers, 60, "the reading")
    wait_until(lambda: before not in seen(), 60, "the new one everywhere")
    assert old.ask("GET", "/api/time").status == 200
    assert old.peer_certificate() == before
    process.signal(signal.SIGTERM)
    assert process.wait(60) == 0


def children(process: Process) -> list[str]:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


async def test_changed_files_are_noticed(home: Path, certificate: MadeCertificate) -> None:
    """Without a signal: a renewing program need not know who serves."""
    settings = load_settings(
        None,
        {},
        {"tls_certificate": str(certificate.certificate), "tls_key": str(certificate.key)},
    )
    server = Certificate(settings)
    first = await served(server, certificate.trusting())
    renewed = make_certificate(home, "renewed")
    async with kept_fresh(server, look_every_s=0.02):
        os.replace(renewed.certificate, certificate.certificate)
        os.replace(renewed.key, certificate.key)
        read = server._current
        await until(lambda: server._current is not read, "the new certificate")
    # The first look may have found only one of the two files changed.
    server.reload()
    assert await served(server, certificate.trusting()) != first


async def served(server: Certificate, context: ssl.SSLContext) -> bytes:
    """The certificate that a new client is shown, DER."""
    listening = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=server.context
    )
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
    return bytes(found)


@pytest.mark.parametrize(
    ("option", "content", "line", "text"),
    [
        ("tls_certificate", None, 3, "cannot read"),
        ("tls_certificate", b"hello", 3, "holds no certificate in PEM form"),
        ("tls_key", None, 4, "cannot read"),
        ("tls_key", b"hello", 4, "holds no key in PEM form, or one with a password"),
        ("tls_key", "other", 4, "does not belong to the certificate"),
        ("tls_key", "sealed", 4, "holds no key in PEM form, or one with a password"),
    ],
)
def test_bad_files_are_refused_with_the_line_at_fault(
    home, certificate, *, option, content, line, text
) -> None:
    """At start, in one sentence."""
    config = home / "u1server.conf"
    config.write_text(
        f"[server]\n\ntls_certificate = {certificate.certificate}\ntls_key = {certificate.key}\n"
    )
    file = certificate.key if option == "tls_key" else certificate.certificate
    if content is None:
        file.unlink()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        password = b"secret" if content == "sealed" else None
        shutil.copy(make_certificate(home, content, password=password).key, file)
    with pytest.raises(UsageError) as caught:
        Certificate(load_settings(config, {}, {}))
    assert caught.value.text.startswith(f"{config} line {line}: {option}: ")
    assert text in caught.value.text


def test_one_file_without_the_other_is_refused(started, data, certificate) -> None:
    """A program says so and ends with 2."""
    done = started.run(
        *("u1server", "serve", "--data", str(data), "--tls-key", str(certificate.key))
    )
    assert done.returncode == 2
    assert done.stderr == "u1server: option --tls-key: tls_certificate is needed too\n"
