"""Over which lines secrets are taken, and whose word counts behind proxies (13.2, 13.3)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.server.rig import PASSWORD, Running, running_cloud
from u1tray.server.auth.transport import Line, line_of, parse_peer
from u1tray.vocabulary.credentials import Credentials

LOCAL = ip_address("127.0.0.1")
PROXY = ip_address("10.0.0.1")
TRUSTED = (ip_network("10.0.0.0/24"),)


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5000", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:5000", "2001:db8::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("unknown", "0.0.0.0"),
        ("", "0.0.0.0"),
    ],
)
def test_peer_text_gives_its_address(text: str, address: str) -> None:
    """What cannot be read is nobody, never loopback (13.3)."""
    assert parse_peer(text) == ip_address(address)


@pytest.mark.core
@pytest.mark.parametrize(
    ("peer", "proto", "forwarded_for", "line"),
    [
        (PROXY, ["https"], ["192.0.2.7"], Line("https", ip_address("192.0.2.7"))),
        (PROXY, ["HTTPS"], ["1.1.1.1, 192.0.2.7"], Line("https", ip_address("192.0.2.7"))),
        (PROXY, ["http"], ["1.1.1.1", "192.0.2.7"], Line("http", ip_address("192.0.2.7"))),
        (PROXY, [], [], Line("http", PROXY)),
        (PROXY, ["gopher"], ["garbage"], Line("http", ip_address("0.0.0.0"))),
        (ip_address("10.9.9.9"), ["https"], ["::1"], Line("http", ip_address("10.9.9.9"))),
        (LOCAL, ["https"], ["::1"], Line("http", LOCAL)),
        (None, ["https"], ["192.0.2.7"], Line("http", None)),
    ],
)
def test_only_a_trusted_proxy_speaks_for_its_client(peer, proto, forwarded_for, line) -> None:
    """Scheme and peer of the connection, but behind a trusted proxy (13.2)."""
    assert line_of(Line("http", peer), TRUSTED, proto, forwarded_for) == line


V1 = "/api/1.0/authentications?ws.op=authenticate&token_name=x"
FAR_HTTP = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}
FAR_HTTPS = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


async def sends(running: Running, ana: Credentials, fields: dict[str, str]) -> list[int]:
    """Statuses of a PLAINTEXT request, a v1 and a v2 token issue."""
    header = running.sign(ana, "GET", "/api/quota/", signature_method="PLAINTEXT")
    body = f'{{"email": "ana@example.com", "password": "{PASSWORD}", "token_name": "x"}}'.encode()
    replies = [
        await running.request("GET", "/api/quota/", {**fields, "Authorization": header}),
        await running.request("GET", V1, fields),
        await running.request("POST", "/api/v2/tokens/oauth", fields, body),
    ]
    return [reply.status for reply in replies]


@pytest.mark.end2end
async def test_secrets_over_plain_http_from_afar_are_refused(data: Path) -> None:
    """403, before credentials are looked at (13.3)."""
    async with running_cloud(data, trusted_proxies=(ip_network("127.0.0.1"),)) as running:
        ana, _ = await running.add_token(await running.add_account())
        assert await sends(running, ana, FAR_HTTP) == [403, 403, 403]
        assert await sends(running, ana, FAR_HTTPS) == [200, 401, 201]
        assert await sends(running, ana, {}) == [200, 401, 200]


@pytest.mark.end2end
async def test_wrong_plaintext_over_plain_http_is_tls_required(data: Path) -> None:
    """Not `oauth_invalid`: the secret is not even compared (13.3)."""
    async with running_cloud(data, trusted_proxies=(ip_network("127.0.0.1"),)) as running:
        nobody = Credentials("", "nobody1", "no", "secret", "secret")
        header = running.sign(nobody, "GET", "/api/quota/", signature_method="PLAINTEXT")
        fields = {**FAR_HTTP, "Authorization": header}
        reply = await running.request("GET", "/api/quota/", fields)
        assert (reply.status, reply.code) == (403, "tls_required")
        assert reply.header("WWW-Authenticate") is None


@pytest.mark.end2end
async def test_hmac_over_plain_http_from_afar_is_accepted(data: Path) -> None:
    """A hash gives no secret away (13.3)."""
    async with running_cloud(data, trusted_proxies=(ip_network("127.0.0.1"),)) as running:
        ana, _ = await running.add_token(await running.add_account())
        header = running.sign(ana, "GET", "/api/quota/")
        fields = {**FAR_HTTP, "Authorization": header}
        assert (await running.request("GET", "/api/quota/", fields)).status == 200


@pytest.mark.end2end
async def test_forwarded_headers_of_a_stranger_are_ignored(
    running: Running, ana: Credentials
) -> None:
    """Without `trusted_proxies` nobody is trusted: the signature is over http (13.2)."""
    header = running.sign(ana, "GET", "/api/quota/")
    fields = {**FAR_HTTPS, "Authorization": header}
    assert (await running.request("GET", "/api/quota/", fields)).status == 200
