"""The quota request over real sockets: one outcome for everything a cloud may answer."""

from __future__ import annotations

import logging
import socket
import sys
from email.utils import formatdate
from urllib.parse import urlsplit

import pytest
from PyQt5.QtCore import QCoreApplication, QEventLoop, QTimer
from PyQt5.QtNetwork import QSslSocket

from tests.rig.webserver import make_certificate, response, web_server
from u1tray.rest import signing
from u1tray.rest.settings import CloudSettings, save
from u1tray.status.events import StorageFailed, StorageHeard
from u1tray.status.values import StorageProblem
from u1tray.tray.cloud import quota as cloud_module
from u1tray.tray.cloud.quota import Cloud
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

ANA = Credentials("Ubuntu One @ kiwi", "kW3xQ7a", "tokenA", "consumerSecretA", "tokenSecretA")
NOW = 1_700_000_000.0
PATIENCE_MS = 60_000
OOPS = "OOPS-0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def app():
    return QCoreApplication.instance() or QCoreApplication([])


@pytest.fixture
def server():
    with web_server() as running:
        save(CloudSettings.of(running.url))
        yield running


@pytest.fixture
def make(app, monkeypatch):
    """Makes clouds; an exception in a slot fails the test instead of ending the process."""
    made, raised = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *what: raised.append(what[1]))

    def maker(**options):
        made.append(Cloud(clock=lambda: NOW, **options))
        return made[-1]

    yield maker
    for cloud in made:
        cloud.close()
    assert raised == []


def asked(cloud, credentials=ANA, times=1):
    """The outcomes of asking `times` at once."""
    loop, heard = QEventLoop(), []

    def done(outcome):
        heard.append(outcome)
        if len(heard) == times:
            loop.quit()

    for _ in range(times):
        cloud.ask(credentials, done)
    assert heard == [], "never answered before ask returned"
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec_()
    assert len(heard) == times
    return heard


def spin(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec_()


def outcome(make, **options):
    (heard,) = asked(make(**options))
    return heard


def test_good_answer_is_the_quota(make, server):
    """200 with two numbers is StorageHeard (REST contract, 11)."""
    server.reply("200 OK", b'{"total": 5368709120, "used": 1024}')
    assert outcome(make) == StorageHeard(Quota(5368709120, 1024))


def test_request_is_signed_by_header_and_sent_unchanged(make, server):
    """GET {one}/api/quota/, HMAC-SHA1 in the header, verified by the contract's rules (13)."""
    server.reply("200 OK", b'{"total": 1, "used": 0}')
    outcome(make)
    (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", "/api/quota/")
    pairs = signing.parse_authorization(heard.headers["Authorization"])
    assert dict(pairs)["oauth_signature_method"] == "HMAC-SHA1"
    assert dict(pairs)["oauth_timestamp"] == str(int(NOW))
    assert signing.verifies(
        "GET",
        "http",
        heard.headers["Host"],
        heard.target,
        pairs,
        consumer_secret=ANA.consumer_secret,
        token_secret=ANA.token_secret,
    )
    assert "Cookie" not in heard.headers


def test_address_with_a_path_and_a_trailing_slash_is_asked_below_it(make, server):
    """What a person types is tidied at input: one slash between root and path (1)."""
    save(CloudSettings.of(server.url + "/one/"))
    server.reply("200 OK", b'{"total": 1, "used": 0}')
    outcome(make)
    assert server.heard[0].target == "/one/api/quota/"


def test_address_without_scheme_on_this_computer_is_http(make, server):
    """`127.0.0.1:8080` is enough for a cloud of one's own."""
    save(CloudSettings.of(urlsplit(server.url).netloc))
    server.reply("200 OK", b'{"total": 1, "used": 0}')
    assert isinstance(outcome(make), StorageHeard)


@pytest.mark.parametrize(
    ("body", "total", "used"),
    [
        (b'{"total": 0, "used": 0}', 0, 0),
        (b'{"total": 0, "used": 7}', 0, 7),
        (b'{"total": 5, "used": 9}', 5, 9),
        (b'{"total": 9223372036854775807, "used": 0, "more": {}}', 2**63 - 1, 0),
    ],
)
def test_strange_but_lawful_numbers_are_heard(make, server, body, total, used):
    """Total 0, used above total, the largest number and unknown keys are all lawful (11, 17)."""
    server.reply("200 OK", body)
    assert outcome(make) == StorageHeard(Quota(total, used))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"<html>hotel log-in</html>",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"total": 1}',
        b'{"total": -1, "used": 0}',
        b'{"total": 1, "used": -1}',
        b'{"total": 9223372036854775808, "used": 0}',
        b'{"total": 1' + b"0" * 5000 + b', "used": 0}',
        b'{"total": true, "used": 0}',
        b'{"total": 1.5, "used": 0}',
        b'{"total": 1e3, "used": 0}',
        b'{"total": NaN, "used": 0}',
        b'{"total": "1", "used": "0"}',
        b'{"total": null, "used": 0}',
    ],
)
def test_broken_json_or_absurd_numbers_are_no_cloud(make, server, body):
    """Whatever is not two whole numbers from 0 to 2^63-1 is NOT_A_CLOUD."""
    server.reply("200 OK", body)
    assert outcome(make) == StorageFailed(StorageProblem.NOT_A_CLOUD)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("401 No", b'{"code": "oauth_invalid"}'), StorageProblem.SIGNED_OUT),
        (("401 No", b"{}", "WWW-Authenticate: Basic realm=x"), StorageProblem.SIGNED_OUT),
        (("401 No", b"{}", 'WWW-Authenticate: OAuth realm="U"'), StorageProblem.SIGNED_OUT),
        (("403 No", b'{"code": "token_revoked"}'), StorageProblem.SIGNED_OUT),
        (("403 No", b'{"code": "account_disabled"}'), StorageProblem.SIGNED_OUT),
        (("403 No", b"<html>a proxy"), StorageProblem.NOT_A_CLOUD),
        (("404 No", b"{}"), StorageProblem.NOT_A_CLOUD),
        (("405 No", b"{}", "Allow: PUT"), StorageProblem.NOT_A_CLOUD),
        (("301 Go", b"", "Location: /elsewhere"), StorageProblem.NOT_A_CLOUD),
        (("302 Go", b"", "Location: http://127.0.0.1:1/"), StorageProblem.NOT_A_CLOUD),
        (("308 Go", b""), StorageProblem.NOT_A_CLOUD),
        (("204 No Content", b""), StorageProblem.NOT_A_CLOUD),
        (
            ("429 Slow", b'{"code": "rate_limited"}', "Retry-After: 120"),
            StorageFailed(StorageProblem.SERVER, retry_after=120.0),
        ),
        (
            ("429 Slow", b"{}", f"Retry-After: {formatdate(NOW + 90, usegmt=True)}"),
            StorageFailed(StorageProblem.SERVER, retry_after=90.0),
        ),
        (("429 Slow", b"{}", "Retry-After: soon"), StorageProblem.SERVER),
        (
            ("500 Oops", b'{"code": "internal", "error": "sorry"}', f"x-oops-id: {OOPS}"),
            StorageFailed(StorageProblem.SERVER, OOPS),
        ),
        (("502 Bad", b"<html>"), StorageProblem.SERVER),
        (
            ("503 Busy", b'{"code": "maintenance"}', "Retry-After: 5"),
            StorageFailed(StorageProblem.SERVER, retry_after=5.0),
        ),
        (("507 Full", b'{"code": "server_full"}'), StorageProblem.SERVER),
        (("599 Odd", b""), StorageProblem.SERVER),
    ],
)
def test_every_refusal_has_its_outcome(make, server, answer, expected):
    """Status, then code, decide (12); the oops id and Retry-After are handed on (17)."""
    server.reply(*answer)
    wanted = StorageFailed(expected) if isinstance(expected, StorageProblem) else expected
    assert outcome(make) == wanted
    assert len(server.heard) == 1, "nothing is repeated or followed"


def test_redirect_is_not_followed(make, server):
    """The signature must not reach another place (2.2)."""
    with web_server() as other:
        other.reply("200 OK", b'{"total": 1, "used": 0}')
        server.reply("307 Go", b"", f"Location: {other.url}/api/quota/")
        assert outcome(make) == StorageFailed(StorageProblem.NOT_A_CLOUD)
        assert other.heard == []


def test_cookie_is_not_sent_back(make, server):
    """Nothing a server sets is kept."""
    server.reply("200 OK", b'{"total": 1, "used": 0}', "Set-Cookie: id=7; Path=/")
    cloud = make()
    asked(cloud)
    asked(cloud)
    assert len(server.heard) == 2
    assert all("Cookie" not in heard.headers for heard in server.heard)


def test_cacheable_answer_is_asked_for_again(make, server):
    """A quota that was true once is not shown as today's."""
    cached = "Cache-Control: public, max-age=3600"
    server.answers(
        ("200 OK", b'{"total": 1, "used": 0}', cached),
        ("200 OK", b'{"total": 2, "used": 0}', cached),
    )
    cloud = make()
    assert asked(cloud) == [StorageHeard(Quota(1, 0))]
    assert asked(cloud) == [StorageHeard(Quota(2, 0))]


def test_wrong_clock_is_corrected_once_and_remembered(make, server):
    """401 oauth_timestamp_refused: the offset comes from Date, one more attempt (13.4, 17)."""
    refusal = (
        "401 No",
        b'{"code": "oauth_timestamp_refused"}',
        f"Date: {formatdate(NOW + 7200, usegmt=True)}",
    )
    server.answers(refusal, ("200 OK", b'{"total": 1, "used": 0}'))
    cloud = make()
    assert asked(cloud) == [StorageHeard(Quota(1, 0))]
    assert asked(cloud) == [StorageHeard(Quota(1, 0))]
    stamps = [
        dict(signing.parse_authorization(heard.headers["Authorization"]))["oauth_timestamp"]
        for heard in server.heard
    ]
    assert stamps == [str(int(NOW)), str(int(NOW) + 7200), str(int(NOW) + 7200)]


def test_clock_refused_twice_is_the_servers_problem(make, server):
    """No log-in mends a clock, so it is not called signed out; and there is no third attempt."""
    date = f"Date: {formatdate(NOW + 7200, usegmt=True)}"
    server.reply("401 No", b'{"code": "oauth_timestamp_refused"}', date)
    assert outcome(make) == StorageFailed(StorageProblem.SERVER)
    assert len(server.heard) == 2


def test_used_nonce_is_renewed_once(make, server):
    """401 oauth_nonce_used is repaired with another nonce (17)."""
    server.answers(
        ("401 No", b'{"code": "oauth_nonce_used"}'), ("200 OK", b'{"total": 1, "used": 0}')
    )
    assert outcome(make) == StorageHeard(Quota(1, 0))
    first, second = (
        dict(signing.parse_authorization(heard.headers["Authorization"]))["oauth_nonce"]
        for heard in server.heard
    )
    assert first != second


def test_refused_connection_is_offline(make):
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        save(CloudSettings.of(f"http://127.0.0.1:{free.getsockname()[1]}"))
        assert outcome(make) == StorageFailed(StorageProblem.OFFLINE)


def test_unknown_host_is_offline(make):
    """A name that no resolver knows (RFC 6761: .invalid)."""
    save(CloudSettings.of("http://cloud.invalid"))
    assert outcome(make) == StorageFailed(StorageProblem.OFFLINE)


def test_mute_server_is_offline_after_the_time_out(make, server):
    """Taken, but never answered."""
    server.hold()
    assert outcome(make, transfer_seconds=0.2) == StorageFailed(StorageProblem.OFFLINE)


def test_dripping_answer_ends_at_the_same_time_out(make, server):
    """A byte now and then does not prolong the wait."""

    def drip(_heard, client):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while not server.released.wait(0.02):
            client.sendall(b" ")

    server.answer = drip
    assert outcome(make, transfer_seconds=0.3) == StorageFailed(StorageProblem.OFFLINE)


def test_truncated_body_is_offline(make, server):
    """The connection broke: what came so far proves nothing, even if it were JSON."""
    server.reply("200 OK", b'{"total": 1, "used": 0}', "Content-Length: 500")
    assert outcome(make) == StorageFailed(StorageProblem.OFFLINE)


def test_connection_closed_without_an_answer_is_offline(make, server):
    """Accepted and dropped."""
    assert outcome(make) == StorageFailed(StorageProblem.OFFLINE)


def test_endless_body_is_cut_off(make, server):
    """After 64 KiB it is no quota any more, and no memory is spent on the rest."""
    sent = []

    def flood(_heard, client):
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(4096):
            client.sendall(b" " * 65536)
            sent.append(65536)

    server.answer = flood
    assert outcome(make) == StorageFailed(StorageProblem.NOT_A_CLOUD)
    assert sum(sent) < 64 * 1024 * 1024


def test_answer_that_is_not_http_is_no_cloud(make, server):
    """Some other service listens on that port."""
    server.answer = lambda _heard, client: client.sendall(b"220 mail.example.com ESMTP\r\n")
    assert outcome(make) in (
        StorageFailed(StorageProblem.NOT_A_CLOUD),
        StorageFailed(StorageProblem.OFFLINE),
    )


def test_untrusted_certificate_is_a_tls_problem(make, tmp_path):
    """A self-made certificate is refused, and the signed request never leaves."""
    with web_server(make_certificate(tmp_path)) as running:
        running.reply("200 OK", b'{"total": 1, "used": 0}')
        save(CloudSettings.of(running.url))
        assert outcome(make) == StorageFailed(StorageProblem.TLS)
        assert running.heard == []


def test_certificate_in_ca_file_is_trusted(make, tmp_path):
    """A cloud's own authority, set beside its address, is enough, and only for what it names."""
    certificate = make_certificate(tmp_path)
    with web_server(certificate) as running:
        running.reply("200 OK", b'{"total": 1, "used": 0}')
        save(CloudSettings.of(running.url, ca_file=str(certificate)))
        assert outcome(make) == StorageHeard(Quota(1, 0))
        save(
            CloudSettings.of(
                running.url.replace("127.0.0.1", "localhost"), ca_file=str(certificate)
            )
        )
        assert outcome(make) == StorageFailed(StorageProblem.TLS)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_unusable_ca_file_is_a_tls_problem(make, tmp_path, content, caplog):
    """It is said, and nobody is trusted for it."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with web_server(make_certificate(tmp_path)) as running:
        save(CloudSettings.of(running.url, ca_file=str(file)))
        assert outcome(make) == StorageFailed(StorageProblem.TLS)
        assert running.heard == []
    assert "ca_file" in caplog.text


def test_plain_server_behind_https_is_a_tls_problem(make, server):
    """https spoken to a port that does not."""
    save(CloudSettings.of(server.url.replace("http:", "https:")))
    assert outcome(make) == StorageFailed(StorageProblem.TLS)


def test_qt_without_tls_says_so_for_https_only(make, monkeypatch, caplog):
    """The log says what to install, and nothing is sent."""
    monkeypatch.setattr(QSslSocket, "supportsSsl", staticmethod(lambda: False))
    save(CloudSettings.of("https://cloud.example.com"))
    with caplog.at_level(logging.WARNING):
        assert outcome(make) == StorageFailed(StorageProblem.TLS)
    assert "python3-pyqt5" in caplog.text
    assert cloud_module.missing_tls("http://127.0.0.1:9180") == ""


def test_no_cloud_configured_asks_nobody(make):
    """No host is built in (1)."""
    assert outcome(make) == StorageFailed(StorageProblem.NO_CLOUD)


def test_unusable_address_is_no_cloud(make, monkeypatch, caplog):
    """A wrong address in the environment is one log line."""
    monkeypatch.setenv("U1_API_URL", "ftp://cloud.example.com")
    with caplog.at_level(logging.WARNING):
        assert outcome(make) == StorageFailed(StorageProblem.NO_CLOUD)
    assert len(caplog.records) == 1


def test_nobody_logged_in_asks_nobody(make, server):
    """Without credentials there is nothing to sign with."""
    assert asked(make(), credentials=None) == [StorageFailed(StorageProblem.SIGNED_OUT)]
    assert server.heard == []


def test_requests_at_once_are_one_on_the_wire(make, server):
    """One request under way; each caller is answered once."""
    server.reply("200 OK", b'{"total": 1, "used": 0}')
    assert asked(make(), times=3) == [StorageHeard(Quota(1, 0))] * 3
    assert len(server.heard) == 1


def test_close_calls_nobody(make, server):
    """A program on its way out is not called back."""
    server.hold()
    cloud, heard = make(), []
    cloud.ask(ANA, heard.append)
    spin(100)
    cloud.close()
    spin(100)
    assert heard == []


def test_forget_ends_the_request_and_a_new_one_goes_to_the_new_cloud(make, server):
    """After another address was chosen the old cloud's answer counts for nothing."""
    server.hold()
    cloud, heard = make(), []
    cloud.ask(ANA, heard.append)
    spin(100)
    with web_server() as other:
        other.reply("200 OK", b'{"total": 2, "used": 0}')
        save(CloudSettings.of(other.url))
        cloud.forget()
        assert heard == [StorageFailed(StorageProblem.NOT_ASKED)]
        assert asked(cloud) == [StorageHeard(Quota(2, 0))]


def test_proxy_of_the_environment_is_used_but_never_for_loopback(make, server, monkeypatch):
    """The system's proxies are honoured; this computer is reached directly."""
    with web_server() as proxy:
        proxy.reply("200 OK", b'{"total": 3, "used": 0}')
        monkeypatch.setenv("http_proxy", proxy.url)
        server.reply("200 OK", b'{"total": 1, "used": 0}')
        assert outcome(make) == StorageHeard(Quota(1, 0))
        assert proxy.heard == []
        save(CloudSettings.of("http://cloud.invalid"))
        assert outcome(make) == StorageHeard(Quota(3, 0))
        assert proxy.heard[0].target == "http://cloud.invalid/api/quota/"


def test_nothing_secret_is_logged(make, server, caplog):
    """At debug level, over success and failure, no key, secret or signature appears."""
    with caplog.at_level(logging.DEBUG):
        server.reply("200 OK", b'{"total": 1, "used": 0}')
        outcome(make)
        server.reply("401 No", b'{"code": "oauth_invalid"}')
        outcome(make)
    sent = [dict(signing.parse_authorization(h.headers["Authorization"])) for h in server.heard]
    for secret in (
        ANA.token,
        ANA.token_secret,
        ANA.consumer_secret,
        *(pairs["oauth_signature"] for pairs in sent),
    ):
        assert secret not in caplog.text


def test_response_helper_is_valid():
    """The rig's own answer has one Content-Length."""
    assert response("200 OK", b"ab").count(b"Content-Length: 2") == 1
