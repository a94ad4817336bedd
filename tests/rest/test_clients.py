"""Both clients against a server that answers what a test says (sections 13, 14, 17)."""

from __future__ import annotations

import datetime
import json
import logging
import ssl
import subprocess
import sys
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.rest.scripted import Answer, scripted
from tests.rest.vectors import SET_A
from u1tray.rest import requests
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import (
    BusyError,
    ContractError,
    OfflineError,
    RefusedError,
    ServerError,
    SignedOutError,
    UsageError,
)
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.end2end

QUOTA = Answer.json(200, {"total": 10, "used": 4})
TOKEN = {
    "token_key": "tokenA",
    "token_secret": "tokenSecretA",
    "token_name": "Ubuntu One @ kiwi [test]",
    "consumer_key": "kW3xQ7a",
    "consumer_secret": "consumerSecretA",
}


def error(status, code, *headers):
    return Answer.json(status, {"error": "words", "code": code}, *headers)


def test_quota_is_asked_for_with_a_valid_signature(client, server, cloud):
    """11, 13: one signed GET; the answer as a value."""
    server.answers = [QUOTA]
    assert client(cloud, ("quota",)) == Quota(10, 4)
    (received,) = server.received
    assert (received.method, received.target) == ("GET", "/api/quota/")
    assert received.is_signed_by(SET_A)
    assert received.oauth["oauth_timestamp"] == "1700000000"
    assert received.headers["user-agent"].startswith("u1tray/")


def test_url_is_sent_exactly_as_signed(client, server, cloud):
    """17: build a URL once, sign exactly that string, send it unchanged."""
    server.answers = [Answer()]
    target = "/api/file_storage/v1/~/a%20b%2Bc%25%28%C3%A9~.txt?include_children=true&b=%2B+x"
    reply = client(cloud, ("send", requests.Request("GET", cloud.api_url + target)))
    assert reply.status == 200
    assert server.received[0].target == target
    assert server.received[0].is_signed_by(SET_A)


def test_every_attempt_is_signed_anew(client, server, cloud):
    """17: back-off between attempts, a new nonce each time, the body from the start."""
    server.answers = [error(503, "busy"), Answer(status=None), error(500, "internal"), QUOTA]
    assert client(cloud, ("quota",)) == Quota(10, 4)
    assert len({received.oauth["oauth_nonce"] for received in server.received}) == 4
    assert all(received.is_signed_by(SET_A) for received in server.received)
    for slept, expected in zip(client.slept, (1, 2, 4), strict=True):
        assert 0.8 * expected <= slept <= 1.2 * expected


def test_five_failures_end_it(client, server, cloud):
    """17: at most five attempts; the oops id is shown."""
    oops = ("x-oops-id", "OOPS-" + "ab" * 16)
    server.answers = [error(500, "internal", oops) for _ in range(5)]
    with pytest.raises(ServerError, match="OOPS-abab"):
        client(cloud, ("quota",))
    assert len(server.received) == 5


def test_retry_after_is_kept_to(client, server, cloud):
    """12, 17: 429 with Retry-After."""
    server.answers = [error(429, "rate_limited", ("Retry-After", "3")), QUOTA]
    client(cloud, ("quota",))
    assert client.slept == [3.0]


def test_long_retry_after_is_told_instead_of_waited_for(client, server, cloud):
    """A person is told how long it takes."""
    server.answers = [error(503, "maintenance", ("Retry-After", "7200"))]
    with pytest.raises(BusyError) as caught:
        client(cloud, ("quota",))
    assert caught.value.retry_after == 7200.0


def test_clock_is_corrected_for_good(client, server, cloud):
    """13.4, 17: one retry by the server's Date; later requests use its clock at once."""
    date = ("Date", "Tue, 14 Nov 2023 23:13:20 GMT")
    server.answers = [error(401, "oauth_timestamp_refused", date), QUOTA, QUOTA]
    client(cloud, ("quota",), ("quota",))
    stamps = [int(received.oauth["oauth_timestamp"]) for received in server.received]
    assert stamps == [1_700_000_000, 1_700_003_600, 1_700_003_600]


def test_signed_out_client_asks_no_more_until_it_has_other_credentials(client, server, cloud):
    """17: after oauth_invalid and token_revoked no more signed requests; unsigned ones go on."""
    server.answers = [error(403, "token_revoked"), Answer(), QUOTA]
    first = ("send", requests.quota(cloud))
    with pytest.raises(SignedOutError, match="logged out"):
        client(cloud, first, ("features",), ("quota",))
    assert [received.target for received in server.received] == ["/api/quota/", "/api/features/"]
    server.received.clear()
    server.answers = [error(401, "oauth_invalid"), QUOTA]
    assert client(cloud, first, ("sign_for", SET_A), ("quota",)) == Quota(10, 4)


def test_without_credentials_nothing_is_sent(client, server, cloud):
    """A signed request needs credentials."""
    with pytest.raises(SignedOutError):
        client(cloud, ("quota",), credentials=None)
    assert server.received == []


def test_redirect_is_not_followed(client, server, cloud):
    """2.2, 17: follow no redirect, the signature would be for another URL."""
    server.answers = [Answer(302, b"", (("Location", f"{server.url}/elsewhere"),))]
    with pytest.raises(ContractError):
        client(cloud, ("quota",))
    assert len(server.received) == 1


def test_log_in_then_ping(client, server, cloud):
    """14.2, 14.3: token by password in the body, then the signed ping."""
    server.answers = [Answer.json(201, TOKEN), Answer(200, b"ok 1/1")]
    made = client(cloud, ("issue_token", "a@b.c", "hunter2", "name", "77"), credentials=None)
    assert made.to_wire()["token"] == "tokenA"
    assert json.loads(server.received[0].body)["otp"] == "77"
    client(cloud, ("ping", "a@b.c"), credentials=made)
    assert server.received[1].is_signed_by(made)


def test_password_is_not_sent_over_an_open_line(client):
    """13.3: refused before any connection (the host does not even exist)."""
    with pytest.raises(RefusedError) as caught:
        client(
            CloudSettings.of("http://cloud.invalid"),
            ("issue_token", "a@b.c", "hunter2", "name"),
            credentials=None,
        )
    assert caught.value.code == "tls_required"


def test_log_in_is_never_repeated(client, server, cloud):
    """17: a POST is not tried again."""
    server.answers = [error(503, "busy")]
    with pytest.raises(BusyError):
        client(cloud, ("issue_token", "a@b.c", "hunter2", "name"), credentials=None)
    assert len(server.received) == 1


def test_best_announced_method_signs_later_requests(client, server, cloud):
    """16.1, 17: HMAC-SHA256 if announced."""
    announced = {"signature_methods": ["HMAC-SHA256", "HMAC-SHA1"]}
    server.answers = [Answer.json(200, announced), QUOTA]
    client(cloud, ("features",), ("quota",))
    assert server.received[1].oauth["oauth_signature_method"] == "HMAC-SHA256"
    assert server.received[1].is_signed_by(SET_A)


def test_nobody_listening_is_offline_after_five_attempts(client):
    """17: connection errors are tried again, then told with the host."""
    with scripted() as gone:
        url = gone.url
    with pytest.raises(OfflineError, match=r"127\.0\.0\.1") as caught:
        client(CloudSettings.of(url), ("quota",))
    assert caught.value.code == "unreachable"
    assert len(client.slept) == 4


def test_silence_is_a_time_out(client, server, cloud):
    """Every wait has an end."""
    release = threading.Event()
    server.answers = [Answer(hold=release)]
    try:
        with pytest.raises(OfflineError) as caught:
            client(
                cloud,
                ("issue_token", "a@b.c", "p", "n"),
                credentials=None,
                read_timeout_seconds=0.2,
            )
    finally:
        release.set()
    assert caught.value.code == "timed_out"


@pytest.mark.parametrize("body", [b"not json", b""])
def test_answer_of_something_else_breaks_the_contract(client, server, cloud, body):
    """A web page where the cloud should be."""
    server.answers = [Answer(200, body)]
    with pytest.raises(ContractError):
        client(cloud, ("quota",))


def test_truncated_answer_is_offline(client, server, cloud):
    """A body shorter than its Content-Length is a broken connection."""
    short = Answer(200, b'{"total"', (("Content-Length", "99"), ("Connection", "close")))
    server.answers = [lambda _: Answer(short.status, short.body, short.headers) for _ in range(5)]
    with pytest.raises(OfflineError):
        client(cloud, ("quota",), read_timeout_seconds=0.2)


def test_environments_proxy_is_used_but_never_for_this_computer(client, server, cloud, monkeypatch):
    """13.3: what may travel openly on loopback must not reach a proxy."""
    with scripted() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        server.answers = [QUOTA]
        client(cloud, ("quota",))
        assert proxy.received == []
        proxy.answers = [QUOTA]
        far = CloudSettings.of("http://cloud.invalid")
        assert client(far, ("quota",)) == Quota(10, 4)
        assert proxy.received[0].target == "http://cloud.invalid/api/quota/"
        monkeypatch.setenv("no_proxy", "cloud.invalid")
        with pytest.raises(OfflineError):
            client(far, ("quota",))


def test_no_secret_reaches_the_log(client, server, cloud, caplog):
    """Passwords, tokens, secrets and signatures stay out of the log at debug level."""
    caplog.set_level(logging.DEBUG)
    server.answers = [Answer.json(201, TOKEN), error(503, "busy"), QUOTA]
    client(cloud, ("issue_token", "a@b.c", "hunter2", "name", "otpcode"), credentials=None)
    client(cloud, ("quota",))
    shown = caplog.text
    assert "GET /api/quota/" in shown
    secrets = ["hunter2", "otpcode", "tokenA", "tokenSecretA", "consumerSecretA", "oauth_"]
    secrets += [received.oauth.get("oauth_signature") or "hunter2" for received in server.received]
    assert not [secret for secret in secrets if secret in shown]


@pytest.fixture
def certificate(home):
    """A certificate for 127.0.0.1 that signed itself, and a server context with it."""
    from ipaddress import ip_address

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    public, private = home / "ca.pem", home / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_own_authority_is_trusted_when_named(client, certificate):
    """A cloud with a certificate of one's own: `ca_file`."""
    public, context = certificate
    with scripted(context) as server:
        server.answers = [QUOTA]
        settings = CloudSettings.of(server.url, ca_file=str(public))
        assert client(settings, ("quota",)) == Quota(10, 4)
        assert server.received[0].is_signed_by(SET_A, "https")


def test_unknown_authority_is_refused_at_once(client, certificate):
    """TLS that cannot be trusted is not tried again."""
    _, context = certificate
    with scripted(context) as server:
        with pytest.raises(OfflineError, match="certificate") as caught:
            client(CloudSettings.of(server.url), ("quota",))
        assert server.received == []
    assert caught.value.code == "not_trusted"
    assert client.slept == []


def test_unusable_ca_file_is_a_usage_error(client, home):
    """The file is named."""
    with pytest.raises(UsageError, match=r"missing\.pem"):
        client(CloudSettings.of("c.example", ca_file=str(home / "missing.pem")), ("quota",))


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("u1tray.rest.blocking.cloud", "aiohttp"),
        ("u1tray.rest.asynchronous.cloud", "urllib3"),
        ("u1tray.rest.requests", "aiohttp"),
        ("u1tray.rest.replies", "urllib3"),
        ("u1tray.rest.signing", "oauthlib"),
    ],
)
def test_importing_one_client_does_not_load_the_other(module, forbidden):
    """The tray and the services load only what they use."""
    code = f"import sys, {module}; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
