"""Secrets at rest, passwords and new keys (13.5)."""

from __future__ import annotations

import re

import pytest

from u1tray.server.accounts.cipher import Cipher, WrongKeyError
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.passwords import Passwords

pytestmark = pytest.mark.core


def test_sealed_secret_opens_with_its_key_and_place() -> None:
    """And is not readable in between."""
    cipher = Cipher(b"k" * 32)
    sealed = cipher.seal("gëheim", "token 1")
    assert cipher.open(sealed, "token 1") == "gëheim"
    assert b"heim" not in sealed
    assert cipher.seal("gëheim", "token 1") != sealed


def test_sealed_secret_does_not_open_elsewhere() -> None:
    """Not under another key, not for another row, not damaged."""
    cipher = Cipher(b"k" * 32)
    sealed = cipher.seal("secret", "token 1")
    for other, place, data in (
        (Cipher(b"x" * 32), "token 1", sealed),
        (cipher, "token 2", sealed),
        (cipher, "token 1", sealed[:-1]),
        (cipher, "token 1", b""),
    ):
        with pytest.raises(WrongKeyError):
            other.open(data, place)


def test_password_is_checked() -> None:
    """Right, wrong, no such account, unreadable hash."""
    passwords = Passwords()
    stored = passwords.hash("pässwörd")
    assert stored.startswith("$argon2id$")
    assert passwords.check(stored, "pässwörd")
    assert not passwords.check(stored, "passwort")
    assert not passwords.check(None, "nobody's password")
    assert not passwords.check("garbage", "x")


def test_outdated_hash_is_noticed() -> None:
    """So that it is made anew at the next log-in."""
    passwords = Passwords()
    assert not passwords.is_outdated(passwords.hash("x"))
    old = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
    assert passwords.is_outdated(old)


def test_new_keys_have_their_form() -> None:
    """Lengths and letters of 13.5, and never twice."""
    keys = RandomKeys()
    forms = {
        keys.consumer_key: r"[A-Za-z0-9]{7}",
        keys.consumer_secret: r"[A-Za-z]{30}",
        keys.token: r"[A-Za-z]{50}",
        keys.token_secret: r"[A-Za-z]{50}",
        keys.token_id: r"[A-Za-z0-9]{12}",
    }
    for make, form in forms.items():
        made = [make() for _ in range(50)]
        assert all(re.fullmatch(form, key) for key in made)
        assert len(set(made)) == len(made)
