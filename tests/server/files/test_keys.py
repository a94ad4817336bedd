"""Node keys and public ids, with the vectors of the REST contract, 19."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.server.files import keys

pytestmark = pytest.mark.core

VECTORS = [
    ("12345678-1234-4234-8234-123456789abc", "0YLmNWW2NSvkjeih1wrIK4", "EjRWeBI0QjSCNBI0VniavA"),
    ("00000000-0000-4000-8000-000000000001", "000000001VgEh72lXvTXkH", "AAAAAAAAQACAAAAAAAAAAQ"),
    ("ffffffff-ffff-4fff-bfff-ffffffffffff", "7n42DGM5PW9UTFKxP3NWYh", "________T_-__________w"),
]


@pytest.mark.parametrize(("text", "public_id", "key"), VECTORS)
def test_vectors_are_reproduced(text: str, public_id: str, key: str) -> None:
    """Both directions (19)."""
    identity = uuid.UUID(text).bytes
    assert keys.public_id(identity) == public_id
    assert keys.parse_public_id(public_id) == identity
    assert keys.key_text(identity) == key


@given(st.binary(min_size=16, max_size=16))
def test_public_id_comes_back(identity: bytes) -> None:
    """Whatever the UUID; always 22 digits."""
    text = keys.public_id(identity)
    assert len(text) == 22
    assert keys.parse_public_id(text) == identity


@pytest.mark.parametrize(
    "text", ["", "0" * 21, "0" * 23, "z" * 22, "7n42DGM5PW9UTFKxP3NWYé", "7n42DGM5PW9UTFKxP3NWY-"]
)
def test_malformed_public_id_is_none(text: str) -> None:
    """Other than 22 base62 digits, or 2^128 and more (10, 20)."""
    assert keys.parse_public_id(text) is None


def test_first_number_beyond_is_none() -> None:
    """2^128 itself (10)."""
    last = keys.public_id(b"\xff" * 16)
    assert keys.parse_public_id(last) == b"\xff" * 16
    assert keys.parse_public_id(last[:-1] + chr(ord(last[-1]) + 1)) is None


def test_fresh_uuid_is_version_4() -> None:
    """A random version 4 UUID (10)."""
    assert uuid.UUID(bytes=keys.fresh_uuid()).version == 4
