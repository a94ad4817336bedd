"""What `--embedded` may do: pure rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from u1tray.tray.embedded import plan
from u1tray.tray.embedded.manifest import Kind, Manifest
from u1tray.tray.embedded.plan import Facts, Keyring, Services

pytestmark = pytest.mark.core

OURS = Manifest("ana@u1.localhost", "secret", 4711).with_made(
    Kind.CLOUD_ADDRESS, Path("/c/cloud.conf")
)
INSTALLED = OURS.with_made(Kind.ACTIVATION, Path("/d/services"))


def test_fresh_machine_is_not_refused():
    """Nothing there, nothing in the way."""
    assert plan.refusal(Facts()) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(variable_url="https://c.example"), "U1_API_URL names the cloud https://c.example"),
        (Facts(configured_url="https://c.example"), "is set up for the cloud https://c.example"),
        (Facts(configured_url="http://127.0.0.1:9180"), "is set up for the cloud"),
        (Facts(manifest=OURS, configured_url="https://c.example"), "is set up for the cloud"),
        (Facts(sync_program="magicicada-syncdaemon"), "(magicicada-syncdaemon) is running"),
        (Facts(sync_program="unknown"), "Another file sync service"),
        (Facts(credentials_program="ubuntuone-login"), "(ubuntuone-login) is running"),
        (Facts(has_other_vault=True), "Credentials of another account"),
    ],
)
def test_whatever_belongs_to_another_cloud_is_refused_with_a_way_out(facts, words):
    """--yes does not override it, and the text says what to do."""
    for agreed in (False, True):
        text = plan.refusal(replace(facts, agreed=agreed))
        assert words in text
        assert any(hint in text for hint in ("start again", "Unset", "Preferences"))


@pytest.mark.parametrize(
    "facts",
    [
        Facts(manifest=OURS, configured_url="http://127.0.0.1:4711"),
        Facts(manifest=OURS, configured_url="http://127.0.0.1:4000"),
        Facts(manifest=OURS, variable_url="http://127.0.0.1:4711"),
        Facts(sync_program="u1tray-syncdaemon", credentials_program="u1tray-credentials"),
    ],
)
def test_our_own_earlier_set_up_is_not_in_the_way(facts):
    """Also with the port it had before it moved."""
    assert plan.refusal(facts) == ""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(is_terminal=True), True),
        (Facts(), False),
        (Facts(is_terminal=True, is_root=True), False),
        (Facts(is_terminal=True, agreed=True), False),
        (Facts(is_terminal=True, manifest=OURS), True),
        (Facts(is_terminal=True, manifest=INSTALLED), False),
    ],
)
def test_person_is_asked_only_on_a_terminal_and_only_once(facts, expected):
    """Root is asked nothing, and nobody twice."""
    assert plan.must_ask(facts) is expected


@pytest.mark.parametrize(
    ("facts", "said_yes", "expected"),
    [
        (Facts(), False, Services.US),
        (Facts(), True, Services.BUS),
        (Facts(agreed=True), False, Services.BUS),
        (Facts(is_root=True), False, Services.US),
        (Facts(manifest=INSTALLED), False, Services.BUS),
        (Facts(manifest=OURS), False, Services.US),
    ],
)
def test_services_are_installed_only_when_somebody_agreed(facts, said_yes, expected):
    """Installing is an explicit act of a person (D-Bus contract, 2)."""
    assert plan.services(facts, said_yes) is expected


@pytest.mark.parametrize(
    ("keyring", "has_display", "expected"),
    [
        (Keyring.OPEN, False, False),
        (Keyring.OPEN, True, False),
        (Keyring.LOCKED, True, False),
        (Keyring.LOCKED, False, True),
        (Keyring.EMPTY, True, True),
        (Keyring.ABSENT, True, True),
        (Keyring.SILENT, True, True),
    ],
)
def test_vault_is_used_where_no_keyring_can_be(keyring, has_display, expected):
    """A locked keyring is for somebody in front of a display to unlock."""
    assert plan.needs_vault(keyring, has_display) is expected
