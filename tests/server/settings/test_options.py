"""Options: where they come from, which wins, and what is refused with its place (18)."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from u1tray.server.settings.options import Endpoint, Settings, load_settings, parse_endpoint
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core

FILE = """\
# a comment
[server]
listen = 0.0.0.0:8080
trusted_proxies = 10.0.0.0/24, 192.0.2.1
require_ping = yes
revoked_status: 401
data = /srv/cloud
"""


def load(file: Path | None = None, environment=None, **given) -> Settings:
    return load_settings(file, environment or {}, given)


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "server.conf"
    path.write_text(FILE)
    return path


def test_nothing_said_gives_the_defaults() -> None:
    """Loopback, 403, no proxies, no ping (16.7, 18)."""
    settings = load()
    assert settings == Settings()
    assert settings.admin_listen == Endpoint("127.0.0.1", 9181)
    assert (settings.revoked_status, settings.require_ping) == (403, False)
    assert settings.trusted_proxies == ()


def test_file_is_read(file: Path) -> None:
    """INI, one section."""
    settings = load(file)
    assert settings.listen == Endpoint("0.0.0.0", 8080)
    assert settings.trusted_proxies == (ip_network("10.0.0.0/24"), ip_network("192.0.2.1"))
    assert (settings.revoked_status, settings.require_ping) == (401, True)
    assert settings.data == Path("/srv/cloud")


def test_registration_and_log_format_are_chosen() -> None:
    """Closed and for people unless said otherwise; a quota may be none."""
    settings = load()
    assert (settings.registration, settings.log_format) == ("closed", "text")
    assert settings.registration_quota == 5_000_000_000
    environment = {
        "U1SERVER_REGISTRATION": "open",
        "U1SERVER_REGISTRATION_QUOTA": "none",
        "U1SERVER_LOG_FORMAT": "json",
    }
    settings = load(None, environment)
    assert (settings.registration, settings.log_format) == ("open", "json")
    assert settings.registration_quota is None


def test_environment_wins_over_file_and_command_line_over_both(file: Path) -> None:
    """Defaults, file, environment, command line: last wins."""
    environment = {"U1SERVER_LISTEN": "127.0.0.1:1", "U1SERVER_REVOKED_STATUS": "403"}
    settings = load(file, environment, listen="127.0.0.1:2", data=None)
    assert (settings.listen.port, settings.revoked_status) == (2, 403)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("colour = blue", "line 9: unknown option 'colour'"),
        ("revoked_status = 404", "line 9: revoked_status: must be 403 or 401"),
        ("require_ping = perhaps", "line 9: require_ping: must be true or false"),
        ("listen = here", "line 9: listen: not HOST:PORT"),
        ("trusted_proxies = me", "line 9: trusted_proxies: "),
        ("log_level = loud", "line 9: log_level: "),
        ("log_format = xml", "line 9: log_format: must be text or json"),
        ("registration = maybe", "line 9: registration: must be closed or open"),
        ("registration_quota = much", "line 9: registration_quota: "),
        ("[clients]\na = 1", "line 9: unknown section [clients]"),
    ],
)
def test_bad_file_is_refused_with_the_line_at_fault(home: Path, line: str, text: str) -> None:
    """Bad configuration is refused at start."""
    path = home / "server.conf"
    path.write_text("\n" * 7 + "[server]\n" + line + "\n")
    with pytest.raises(UsageError) as caught:
        load(path)
    assert text in caught.value.text
    assert str(path) in caught.value.text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"listen = secret\n", " line 1: the first line must be [server]"),
        (b"[server]\n\nsecret\n", " line 3: not of the form option = value"),
        (b"[server]\nname=1\nname=secret\n", " line 3: name is said twice"),
        (b"[server]\nname=secret\n[server]\n", " line 3: the section [server] is there twice"),
        (b"\xff\xfesecret", "it is not UTF-8 text"),
    ],
)
def test_file_that_is_no_ini_is_refused(home: Path, content: bytes, text: str) -> None:
    """One message with the line at fault; what stands there may be a password."""
    path = home / "server.conf"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert str(path) in caught.value.text
    assert caught.value.text.endswith(text)
    assert "secret" not in caught.value.text


def test_file_that_cannot_be_read_is_named(home: Path) -> None:
    """Why, in the system's words."""
    for path, text in ((home / "none", "No such file or directory"), (home, "Is a directory")):
        with pytest.raises(UsageError) as caught:
            load(path)
        assert caught.value.text == f"cannot read {path}: {text}"


def test_bad_environment_and_option_are_named() -> None:
    """The source of the fault is named."""
    with pytest.raises(UsageError, match="environment variable U1SERVER_REQUIRE_PING"):
        load(None, {"U1SERVER_REQUIRE_PING": "perhaps"})
    with pytest.raises(UsageError, match="option --admin-listen"):
        load(None, {}, admin_listen="nowhere")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:80", "::1", 80), ("cloud.example:443", None, 443)],
)
def test_endpoint_is_read_and_written(text: str, host: str | None, port: int) -> None:
    """HOST:PORT, brackets round IPv6."""
    endpoint = parse_endpoint(text)
    assert (endpoint.port, endpoint.authority) == (port, text)
    assert host in (None, endpoint.host)


@pytest.mark.parametrize("text", ["", "80", ":80", "::1:80", "a:b", "a:70000", "a:-1", "a/b:80"])
def test_text_that_is_no_endpoint_is_refused(text: str) -> None:
    """An IPv6 address without brackets is ambiguous."""
    with pytest.raises(ValueError, match="not HOST:PORT"):
        parse_endpoint(text)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("out_of_space_status", "402", 402),
        ("out_of_space_status", "507", 507),
        ("dedupe_scope", "server", "server"),
        ("max_upload_bytes", "2GB", 2_000_000_000),
        ("max_upload_bytes", "none", None),
        ("public_url_prefix", "https://u1.example/p/", "https://u1.example/p"),
    ],
)
def test_options_of_files_are_read(name: str, text: str, value: object) -> None:
    """Section 18."""
    assert getattr(load_settings(None, {f"U1SERVER_{name.upper()}": text}, {}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("out_of_space_status", "413"),
        ("dedupe_scope", "world"),
        ("max_upload_bytes", "much"),
        ("public_url_prefix", "u1.example"),
        ("public_url_prefix", "https://u1.example/?x"),
    ],
)
def test_bad_options_of_files_are_refused(name: str, text: str) -> None:
    """With the place at fault."""
    with pytest.raises(UsageError, match=f"U1SERVER_{name.upper()}"):
        load_settings(None, {f"U1SERVER_{name.upper()}": text}, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("file:///srv/my%20files", "file:///srv/my%20files"),
        ("file://localhost/srv", "file:///srv"),
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/some/prefix/", "s3://bucket/some/prefix"),
        ("gs://bucket/x", "gs://bucket/x"),
        ("az://container", "az://container"),
    ],
)
def test_content_url_says_where_contents_are(text: str, shown: str) -> None:
    """A folder, or a bucket with the begin of all keys."""
    assert str(load(content_url=text).content_url) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "contents",
        "/srv/contents",
        "file://server/share",
        "file:relative",
        "http://server/bucket",
        "s3:///prefix",
        "s3://key:secret@bucket/x",
        "s3://bucket?secret=x",
        "s3://b/x",
        "s3://bu cket/x",
    ],
)
def test_content_url_that_is_none_is_refused(text: str) -> None:
    """With a sentence that shows how one looks, and no secret."""
    with pytest.raises(UsageError, match="file:///PATH") as refused:
        load(content_url=text)
    assert "secret" not in str(refused.value)


def test_object_store_without_its_library_is_refused(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """At the start, with the line at fault and what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    file = home / "server.conf"
    file.write_text("[server]\nname = x\ncontent_url = s3://bucket\n")
    with pytest.raises(UsageError) as refused:
        load(file)
    assert str(refused.value).startswith(f"{file} line 3: content_url: s3:// needs a library")
    assert "pip install 'u1tray[object-store]'" in str(refused.value)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("object_store_endpoint", "127.0.0.1:9000"),
        ("object_store_endpoint", "http://user:word@127.0.0.1:9000"),
        ("object_store_timeout", "0"),
        ("object_store_timeout", "301"),
        ("object_store_timeout", "soon"),
        ("gc_interval", "often"),
        ("gc_interval", "-1"),
    ],
)
def test_bad_option_of_the_content_store_is_refused(option: str, text: str) -> None:
    """None of them reaches the store."""
    with pytest.raises(UsageError):
        load(**{option: text})


def test_times_have_units() -> None:
    """Seconds without one; 0 is never."""
    intervals = [load(gc_interval=text).gc_interval for text in ("0", "90", "2min", "12h", "1 d")]
    assert intervals == [0, 90, 120, 43200, 86400]


def test_settings_do_not_show_the_secret_of_the_store() -> None:
    """Nor does what is made of them."""
    settings = load(object_store_secret_access_key="top-secret")
    assert "top-secret" not in repr(settings) + repr(settings.object_access)
