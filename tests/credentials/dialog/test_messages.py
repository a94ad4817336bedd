"""What service and window say to each other, and what a caller may say to the window."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.credentials.dialog import messages
from u1tray.credentials.dialog.arguments import opening, window_id
from u1tray.credentials.dialog.clouds import chosen
from u1tray.credentials.dialog.messages import (
    Attempt,
    Message,
    Open,
    Page,
    Passphrase,
    Problem,
    from_line,
    to_line,
)
from u1tray.credentials.dialog.process import is_possible
from u1tray.vocabulary.errors import ContractError, RefusedError

pytestmark = pytest.mark.core

KINDS = [
    kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
]
_VALUES = {
    "str": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    "bool": st.booleans(),
    "int": st.integers(0, 2**32),
}


@settings(max_examples=50)
@given(st.data())
def test_every_message_travels_as_one_line(data):
    """What was said is what is heard, whatever a person typed."""
    kind = data.draw(st.sampled_from(KINDS))
    values = {field.name: data.draw(_VALUES[field.type]) for field in dataclasses.fields(kind)}
    line = to_line(kind(**values))
    assert line.count(b"\n") == 1
    assert from_line(line) == kind(**values)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"kind": "Message"}',
        b'{"kind": "Passphrase"}',
        b'{"kind": "Passphrase", "passphrase": 7}',
        b'{"kind": "Passphrase", "passphrase": "secret", "more": 1}',
        b"\xff",
        b"[" * 60000,
    ],
)
def test_other_lines_are_a_broken_contract_that_quotes_nothing(line):
    """A secret in a line that was garbled stays out of the log."""
    with pytest.raises(ContractError) as caught:
        from_line(line)
    assert "secret" not in caught.value.text


def test_messages_with_secrets_do_not_show_them():
    """9.2: passwords, codes and passphrases must not reach a log."""
    said = [Attempt("https://x", "kiwi", "a@b.c", "hunter2", "123456"), Passphrase("sesame")]
    assert not [text for text in ("hunter2", "123456", "sesame", "a@b.c") if text in repr(said)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("", 0),
        ("x", 0),
        ("-5", 0),
        ("0x10", 0),
        ("62914563", 62914563),
        (" 7 ", 7),
        ("4294967295", 4294967295),
        ("4294967296", 0),
        ("9" * 5000, 0),
        ("٣", 0),
    ],
)
def test_window_id_is_decimal_or_none(text, number):
    """9.2: text that is no number counts as none."""
    assert window_id(text) == number


def test_only_web_pages_are_linked_and_the_rest_is_ignored():
    """9.2: http and https only; ping_url and ui_executable MUST be ignored."""
    given_ = {
        "window_id": "7",
        "help_text": "Welcome\x1b[0m\nhome",
        "tc_url": "https://example.com/terms",
        "policy_url": "file:///etc/passwd",
        "ping_url": "https://evil.example",
        "ui_executable": "/bin/sh",
        "unknown": "x",
    }
    found = opening(given_, Page.REGISTER, cloud_url="", url_is_fixed=False, device="kiwi")
    assert found == Open(
        "register", "", False, "kiwi", 7, "Welcome [0m home", "https://example.com/terms", ""
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "minimal:x=y"}, False),
    ],
)
def test_window_needs_a_display_that_somebody_sees(environment, expected):
    """9.2: without a display: GUINotAvailableError."""
    assert is_possible(environment) is expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", Problem.NO_ADDRESS.value),
        ("  ", Problem.NO_ADDRESS.value),
        ("not an address", Problem.BAD_ADDRESS.value),
        ("ftp://x", Problem.BAD_ADDRESS.value),
        ("https://user:password@x", Problem.BAD_ADDRESS.value),
        ("http://cloud.example.com", "InsecureConnection"),
    ],
)
def test_unusable_address_is_refused_before_anything_is_sent(typed, code):
    """REST 13.3: passwords only over TLS or within this computer."""
    with pytest.raises(RefusedError) as caught:
        chosen(typed)
    assert caught.value.code == code
    assert "password@" not in caught.value.text


def test_plain_http_within_this_computer_is_fine():
    """REST 13.3: a loopback peer."""
    assert chosen("http://127.0.0.1:8080/").api_url == "http://127.0.0.1:8080"
