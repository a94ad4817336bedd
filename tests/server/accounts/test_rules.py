"""What may be an e-mail address, a password, a name (14)."""

from __future__ import annotations

import pytest

from u1tray.server.accounts import rules

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Example.com", "ana@example.COM"),
        (" ana@example.com ", "ana@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
        ("cafe\u0301@example.com", "caf\u00e9@example.com"),
    ],
)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    """Case, outer blanks and Unicode form do not count."""
    assert rules.email_key(one) == rules.email_key(other)


@pytest.mark.parametrize("email", ["ana@example.com", "a+b@c", '"odd@name"@example.com', "ñ@ñ.es"])
def test_address_is_accepted(email: str) -> None:
    """The server does not know better than the mail system."""
    assert rules.email_fault(email) is None


@pytest.mark.parametrize(
    "email",
    ["", "ana", "@", "a@", "@b", "a b@c", "a@b\n", "a@b\0", "\ud800@b", "a" * 250 + "@b.com"],
)
def test_text_that_is_no_address_is_refused(email: str) -> None:
    """With a reason."""
    assert rules.email_fault(email)


@pytest.mark.parametrize(
    ("name", "is_good"),
    [("x", True), ("é" * 127, True), ("é" * 128, False), ("", False), ("\udcff", False)],
)
def test_token_name_has_1_to_255_bytes(name: str, is_good: bool) -> None:
    """Bytes of UTF-8 (14)."""
    assert (rules.token_name_fault(name) is None) is is_good


@pytest.mark.parametrize(
    ("password", "is_good"),
    [("x", True), (" ", True), ("", False), ("x" * 1024, True), ("x" * 1025, False)],
)
def test_password_is_not_empty_and_not_endless(password: str, is_good: bool) -> None:
    """Nothing else is demanded of it."""
    assert (rules.password_fault(password) is None) is is_good
