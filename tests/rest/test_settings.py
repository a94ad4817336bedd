"""The cloud's address: what is typed, what is stored, which place wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from u1tray.rest import settings
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import encode_path, is_confidential, is_loopback, resolve, root_of
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("cloud.example.com", "https://cloud.example.com"),
        ("  https://Cloud.Example.COM/  ", "https://cloud.example.com"),
        ("HTTP://cloud.example.com:8080//", "http://cloud.example.com:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:1234/", "http://127.0.0.1:1234"),
        ("[::1]:80", "http://[::1]:80"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
        ("https://example.com/cloud/", "https://example.com/cloud"),
        ("büro.example", "https://xn--bro-hoa.example"),
    ],
)
def test_typed_address_becomes_a_root(typed, root):
    """1: https is assumed, http on this computer; no slash at the end."""
    assert root_of(typed) == root
    assert root_of(root) == root


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "ftp://a.example",
        "https://",
        "https://a b",
        "https://a.example:port",
        "a.example/?x",
        "https://a.example:99999",
        "a.example#x",
        "https://[::1",
        "https://[fe80::z]",
        "-",
        "a\nb",
        "https://..",
        "https://a.example/a b",
        "https://ü" + "ü" * 80,
    ],
)
def test_unusable_address_is_a_usage_error(typed):
    """An address nobody can connect to is refused with a text that shows a right one."""
    with pytest.raises(UsageError, match=r"https://cloud\.example\.com"):
        root_of(typed)


def test_address_with_password_is_refused_without_repeating_it():
    """A secret never reaches a message."""
    with pytest.raises(UsageError) as caught:
        root_of("https://ana:hunter2@cloud.example.com")
    assert "hunter2" not in caught.value.text


def test_loopback_and_confidential_follow_the_transport_rule():
    """13.3: loopback is 127.0.0.0/8 and ::1; passwords need TLS or loopback."""
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "[::1]", "localhost", "a.localhost.")))
    assert not any(map(is_loopback, ("128.0.0.1", "localhost.example", "", "127.0.0.1.nip.io")))
    assert is_confidential("https://a.example/")
    assert is_confidential("http://[::1]:8080/")
    assert not is_confidential("http://a.example/")
    assert not is_confidential("ftp://127.0.0.1/")


def test_path_is_encoded_as_the_contract_says():
    """3: only unreserved characters, `/` and `~` stay."""
    assert encode_path("/~/a b+c%é(1)") == "/~/a%20b%2Bc%25%C3%A9%281%29"
    with pytest.raises(UsageError) as caught:
        encode_path("/~/\udcff")
    assert caught.value.code == "bad_name"


def test_feature_url_resolves_against_the_root():
    """16.1: relative and absolute URLs."""
    assert resolve("https://c.example:1", "/api/tokens/") == "https://c.example:1/api/tokens/"
    assert resolve("https://c.example", "https://d.example/x") == "https://d.example/x"


def test_nothing_set_is_none():
    """1: no host name is built in."""
    assert settings.load() is None


def test_saved_settings_load_again_and_keep_other_options(home: Path):
    """What is saved is loaded; what else stood in the file survives."""
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[other]\nkey = 50%\n[cloud]\nfuture = yes\nsso_url = https://old.example\n")
    wanted = CloudSettings.of("c.example", content_url="files.example")
    settings.save(wanted)
    assert settings.load() == wanted
    assert wanted.sso_url == "https://c.example"
    text = file.read_text()
    assert "key = 50%" in text
    assert "future = yes" in text
    assert "old.example" not in text
    assert [entry.name for entry in file.parent.iterdir()] == ["cloud.conf"]


def test_environment_wins_over_every_file(monkeypatch):
    """`U1_API_URL` wins and the file's other roots do not mix with it."""
    settings.save(CloudSettings.of("c.example", sso_url="sso.example"))
    found = settings.load({"U1_API_URL": "localhost:8080"})
    assert found == CloudSettings(*["http://localhost:8080"] * 3)
    assert settings.load({"U1_API_URL": " "}).api_url == "https://c.example"


def test_own_file_wins_over_the_systems(home: Path):
    """`$XDG_CONFIG_DIRS` holds defaults for everybody."""
    system = home / "etc/xdg/u1tray/cloud.conf"
    system.parent.mkdir(parents=True)
    system.write_text("[cloud]\napi_url = system.example\n")
    assert settings.load().api_url == "https://system.example"
    settings.save(CloudSettings.of("own.example"))
    assert settings.load().api_url == "https://own.example"


@pytest.mark.parametrize(
    "content", [b"no section\n", b"[cloud]\napi_url = a b\n", b"\xff\xfe", b"[cloud]\n[cloud]\n"]
)
def test_broken_file_is_a_usage_error_that_names_it(home: Path, content):
    """A file that cannot be used is said by name, and never overwritten."""
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"cloud\.conf"):
        settings.load()
    if b"api_url" not in content:
        with pytest.raises(UsageError, match=r"cloud\.conf"):
            settings.save(CloudSettings.of("c.example"))
        assert file.read_bytes() == content


def test_linked_file_is_written_where_it_is(home: Path):
    """A person who keeps the file elsewhere and links it keeps the link."""
    real = home / "dotfiles/cloud.conf"
    real.parent.mkdir()
    real.write_text("")
    link = home / ".config/u1tray/cloud.conf"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    settings.save(CloudSettings.of("c.example"))
    assert link.is_symlink()
    assert "c.example" in real.read_text()
