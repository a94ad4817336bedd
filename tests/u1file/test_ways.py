"""How a request leaves this computer: TLS with an authority of one's own, and IPv6."""

from __future__ import annotations

import re
import socket

import pytest

from tests.rig.certificates import make_certificate
from tests.rig.cloud import EMAIL, PASSWORD
from tests.u1file.bare import Bare

pytestmark = pytest.mark.end2end


def served(bare: Bare, host: str, *options: str) -> str:
    """The port of a second process that serves the same cloud there."""
    process = bare.started.start(
        *("u1server", "serve", "--data", str(bare.cloud.data), "--listen", f"{host}:0"),
        *("--admin-listen", "127.0.0.1:0", *options),
    )
    found = re.search(r"listening on .*:(\d+)", process.wait_for_line("listening on"))
    assert found is not None
    return found[1]


def test_own_authority_is_trusted_where_it_is_named(bare: Bare, home):
    """--cacert, remembered by login; SSL_CERT_FILE; without them exit code 8 and no password."""
    made = make_certificate(home)
    bare.cloud.process.end()
    port = served(
        bare, "127.0.0.1", "--tls-certificate", str(made.certificate), "--tls-key", str(made.key)
    )
    url = f"https://localhost:{port}"
    login = ("login", EMAIL, "--api-url", url, "--password-stdin")
    refused = bare.u1file(*login, stdin=PASSWORD)
    assert refused.returncode == 8, refused.stderr
    assert "certificate" in refused.stderr
    bare.done("--cacert", str(made.certificate), *login, stdin=PASSWORD)
    bare.done("quota")
    assert f"ca_file = {made.certificate}" in (home / ".config/u1tray/cloud.conf").read_text()
    assert bare.u1file("--api-url", url, "quota").returncode == 8
    bare.started.env["SSL_CERT_FILE"] = str(made.certificate)
    bare.done("--api-url", url, "quota")
    missing = bare.u1file("--cacert", str(home / "none"), "quota")
    assert (missing.returncode, missing.stdout) == (2, "")


def test_cloud_is_reached_by_ipv6(bare: Bare):
    """An address in brackets, from log-in to content."""
    assert socket.has_ipv6
    bare.cloud.process.end()
    bare.cloud.url = f"http://[::1]:{served(bare, '[::1]')}"
    bare.log_in()
    bare.store(a=b"1")
    assert bare.done("cat", "Ubuntu One/a") == "1"


def test_proxy_of_the_environment_is_used(bare: Bare):
    """HTTP_PROXY gets the whole URL, HTTPS_PROXY a CONNECT; NO_PROXY names exceptions."""
    bare.log_in()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        bare.started.env |= {"HTTP_PROXY": url, "HTTPS_PROXY": url, "NO_PROXY": "other.invalid"}
        for address, wanted in [
            ("http://cloud.invalid", b"GET http://cloud.invalid/api/quota/ "),
            ("https://cloud.invalid", b"CONNECT cloud.invalid:443 "),
        ]:
            process = bare.started.start("u1file", "--api-url", address, "quota")
            proxy.settimeout(30)
            connection, _ = proxy.accept()
            with connection, connection.makefile("rb") as asked:
                assert asked.readline().startswith(wanted)
            process.end()
        process = bare.started.start("u1file", "--api-url", "http://other.invalid", "quota")
        assert "other.invalid cannot be reached" in process.wait_for_line("reached", 30)
        process.end()
