"""What may be an e-mail address, a password and the name of a token (REST contract, 14)."""

from __future__ import annotations

import unicodedata

MAX_EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3
MAX_PASSWORD_BYTES = 1024
MIN_CHOSEN_PASSWORD_CHARACTERS = 8  # NIST SP 800-63B, 5.1.1.2
MAX_TOKEN_NAME_BYTES = 255
MAX_VISIBLE_NAME_CHARACTERS = 255


def email_key(email: str) -> str:
    """What two spellings of one address have in common: case and Unicode form do not count."""
    folded = unicodedata.normalize("NFC", email.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def email_fault(email: str) -> str | None:
    """Why a text cannot be an e-mail address, or None."""
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain:
        return "an e-mail address looks like ana@example.com"
    if len(email) > MAX_EMAIL_CHARACTERS:
        return f"an e-mail address has at most {MAX_EMAIL_CHARACTERS} characters"
    if not email.isprintable() or any(c.isspace() for c in email) or not is_utf8(email):
        return "an e-mail address holds no blanks and no control characters"
    return None


def password_fault(password: str) -> str | None:
    """Why a text cannot be a password, or None."""
    if not password:
        return "the password is empty"
    if not is_utf8(password):
        return "the password is not valid UTF-8"
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        return f"the password is longer than {MAX_PASSWORD_BYTES} bytes"
    return None


def chosen_password_fault(password: str, email: str) -> str | None:
    """Why a person may not choose a password for an address, or None.

    The administrator may give any that `password_fault` lets pass.
    """
    if len(password) < MIN_CHOSEN_PASSWORD_CHARACTERS:
        return f"a password has at least {MIN_CHOSEN_PASSWORD_CHARACTERS} characters"
    if email_key(password) == email_key(email):
        return "the password must not be the e-mail address"
    return password_fault(password)


def visible_name_fault(name: str) -> str | None:
    """Why a text cannot be the display name of a person, or None."""
    if len(name) > MAX_VISIBLE_NAME_CHARACTERS:
        return f"a name has at most {MAX_VISIBLE_NAME_CHARACTERS} characters"
    if not name.isprintable() or not is_utf8(name):
        return "a name holds no control characters"
    return None


def token_name_fault(name: str) -> str | None:
    """Why a text, outer blanks already cut, cannot be the name of a token, or None."""
    if not name:
        return "the token name is empty"
    if not is_utf8(name):
        return "the token name is not valid UTF-8"
    if "\0" in name:
        return "the token name holds a NUL"
    if len(name.encode()) > MAX_TOKEN_NAME_BYTES:
        return f"the token name is longer than {MAX_TOKEN_NAME_BYTES} bytes"
    return None


def is_utf8(text: str) -> bool:
    """Whether a text is not from bytes of something else: lone surrogates stand for those."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_storable(text: str) -> bool:
    """Whether every database can store a text, or look for it: PostgreSQL takes no NUL."""
    return is_utf8(text) and "\0" not in text
