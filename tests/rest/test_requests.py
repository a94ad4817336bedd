"""Requests as values: URLs, bodies, and what a log may see of them."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from tests.rest.vectors import SET_A
from u1tray.rest import requests
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import RefusedError

pytestmark = pytest.mark.core

CLOUD = CloudSettings.of("https://one.example", sso_url="https://sso.example")
OPEN_CLOUD = CloudSettings.of("http://one.example")


@pytest.mark.parametrize(
    ("request_", "method", "url", "needs_signature"),
    [
        (requests.user(CLOUD), "GET", "https://one.example/api/file_storage/v1", True),
        (requests.quota(CLOUD), "GET", "https://one.example/api/quota/", True),
        (requests.account(CLOUD), "GET", "https://one.example/api/account/", True),
        (requests.features(CLOUD), "GET", "https://one.example/api/features/", False),
        (requests.time(CLOUD), "GET", "https://one.example/api/time", False),
        (requests.tokens(CLOUD), "GET", "https://one.example/api/tokens/", True),
        (
            requests.revoke_token(CLOUD, "a/b"),
            "DELETE",
            "https://one.example/api/tokens/a%2Fb",
            True,
        ),
    ],
)
def test_plain_requests_go_to_the_urls_of_the_table(request_, method, url, needs_signature):
    """1: the table of URLs; the unsigned ones are marked."""
    assert (request_.method, request_.url) == (method, url)
    assert request_.needs_signature is needs_signature


def test_token_v2_sends_json_with_the_code_only_if_there_is_one():
    """14.2: POST to the SSO root, `otp` optional."""
    plain = requests.token_v2(CLOUD, "ana@example.com", "pässword", "name")
    assert plain.url == "https://sso.example/api/v2/tokens/oauth"
    assert plain.headers["Content-Type"] == "application/json"
    assert json.loads(plain.body) == {
        "email": "ana@example.com",
        "password": "pässword",
        "token_name": "name",
    }
    assert json.loads(requests.token_v2(CLOUD, "e", "p", "n", "123").body)["otp"] == "123"


def test_token_v1_sends_basic_credentials_in_utf8():
    """14.1: Basic, UTF-8, name in the query."""
    request = requests.token_v1(CLOUD, "ana@example.com", "pä:ss", "Ubuntu One @ kiwi [x]")
    assert request.url == (
        "https://sso.example/api/1.0/authentications"
        "?ws.op=authenticate&token_name=Ubuntu%20One%20%40%20kiwi%20%5Bx%5D"
    )
    scheme, value = request.headers["Authorization"].split()
    assert scheme == "Basic"
    assert b64decode(value).decode() == "ana@example.com:pä:ss"


def test_ping_names_the_address_and_the_platform():
    """14.3: the four optional parameters, the e-mail as one encoded segment."""
    request = requests.ping(CLOUD, "ana+x@example.com", "0.1")
    path, _, query = request.url.partition("?")
    assert path == "https://one.example/oauth/sso-finished-so-get-tokens/ana%2Bx%40example.com"
    names = [pair.partition("=")[0] for pair in query.split("&")]
    assert names == ["platform", "platform_version", "platform_arch", "client_version"]


@pytest.mark.parametrize("build", [requests.token_v1, requests.token_v2])
def test_password_over_plain_http_is_refused(build):
    """13.3: our clients refuse to send a password over an open line."""
    with pytest.raises(RefusedError) as caught:
        requests.refuse_if_overheard(build(OPEN_CLOUD, "ana@example.com", "hunter2", "name"))
    assert caught.value.code == "tls_required"
    assert "hunter2" not in caught.value.text
    requests.refuse_if_overheard(build(CLOUD, "ana@example.com", "hunter2", "name"))
    requests.refuse_if_overheard(requests.quota(OPEN_CLOUD))


def test_repr_and_str_show_no_secret():
    """Logs hold method and path only."""
    request = requests.token_v2(CLOUD, "ana@example.com", "hunter2", "n")
    signed = requests.signed(
        requests.ping(CLOUD, "a", "1"), SET_A, nonce="secretnonce", timestamp=1
    )
    shown = f"{request!r} {request} {signed!r} {signed} {SET_A!r}"
    for secret in ("hunter2", "oauth", "secretnonce", SET_A.token_secret, SET_A.consumer_secret):
        assert secret not in shown.replace("/tokens/oauth", "").replace("/oauth/sso", "")
    assert str(signed) == "GET /oauth/sso-finished-so-get-tokens/a"


def test_signed_request_differs_only_by_its_header():
    """17: a URL is built once and sent unchanged."""
    request = requests.quota(CLOUD)
    signed = requests.signed(request, SET_A, nonce="n", timestamp=7)
    assert (signed.method, signed.url, signed.body) == (request.method, request.url, request.body)
    assert 'oauth_timestamp="7"' in signed.headers["Authorization"]
    assert "Authorization" not in request.headers


def test_token_name_has_host_and_program_within_255_bytes():
    """14: `Ubuntu One @ <host name> [<program>]`, 1 to 255 bytes."""
    assert requests.token_name("kiwi", "u1tray") == "Ubuntu One @ kiwi [u1tray]"
    longest = requests.token_name("é" * 300, "u1tray")
    assert len(longest.encode()) <= 255
    assert longest.endswith("é [u1tray]")
