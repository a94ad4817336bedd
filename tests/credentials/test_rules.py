"""Names, attributes, the stored secret, and errtypes (sections 9.3 and 9.4)."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.credentials import rules
from u1tray.rest.failures import BY_CODE, Reply, failure_of
from u1tray.vocabulary.credentials import Credentials, CredentialsErrorType
from u1tray.vocabulary.errors import (
    BusyError,
    ContractError,
    OfflineError,
    RefusedError,
    ServerError,
    SignedOutError,
    UsageError,
)

pytestmark = pytest.mark.core

KEYS = Credentials("Ubuntu One @ kiwi", "CK", "TK", "CS", "TS")
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_item_has_the_attributes_old_programs_look_for():
    """9.4: key-type and token-name; the separator inside a host name is written otherwise."""
    assert rules.attributes("kiwi") == {
        "key-type": "Ubuntu SSO credentials",
        "token-name": "Ubuntu One @ kiwi",
    }
    assert rules.attributes("a @ b")["token-name"] == "Ubuntu One @ a AT b"


def test_only_ubuntu_ones_items_of_that_type_are_ours():
    """9.4: other programs store with the same key-type."""
    assert rules.is_ours({"token-name": "Ubuntu One @ other"})
    assert not rules.is_ours({"token-name": "Other App @ kiwi"})
    assert not rules.is_ours({})


def test_old_items_are_known_by_their_attributes():
    """9.4: the two kinds from before."""
    first, second = rules.old_attributes("my host")
    assert first["token-name"] == "Ubuntu%20One - my%20host"
    assert second == {
        "oauth-consumer-key": "ubuntuone",
        "ubuntuone-realm": "https://ubuntuone.com",
    }


def test_secret_is_form_encoded():
    """9.4: application/x-www-form-urlencoded, UTF-8, the five keys."""
    found = parse_qs(rules.encode_secret(KEYS).decode())
    assert found == {key: [value] for key, value in KEYS.to_wire().items()}


@given(_TEXT, _TEXT, _TEXT, _TEXT, _TEXT)
def test_any_secret_comes_back(name, consumer_key, token, consumer_secret, token_secret):
    """9.4: whatever characters the values hold."""
    credentials = Credentials(name, consumer_key, token, consumer_secret, token_secret)
    assert rules.decode_secret(rules.encode_secret(credentials), "kiwi") == credentials


def test_secret_of_another_writer_is_read():
    """9.1, 9.4: more keys are accepted; a missing name is made up."""
    secret = b"token=TK&token_secret=T+S%26&consumer_key=CK&consumer_secret=CS&created=x"
    found = rules.decode_secret(secret, "kiwi")
    assert found == Credentials("Ubuntu One @ kiwi", "CK", "TK", "CS", "T S&")


def test_oldest_secret_gets_the_old_consumer():
    """9.4: consumer ubuntuone/hammertime."""
    found = rules.decode_secret(b"oauth_token=TK&oauth_token_secret=TS", "kiwi")
    assert found == Credentials("Ubuntu One @ kiwi", "ubuntuone", "TK", "hammertime", "TS")


@pytest.mark.parametrize("secret", [b"", b"\xff", b"token=TK", b"oauth_token=TK", b"x" * 9999])
def test_incomplete_secret_is_none(secret):
    """An item somebody broke is no credentials."""
    assert rules.decode_secret(secret, "kiwi") is None


@pytest.mark.parametrize(
    ("error", "errtype"),
    [
        (SignedOutError("x", code="INVALID_CREDENTIALS"), "AuthenticationError"),
        (SignedOutError("x", code="TWOFACTOR_REQUIRED"), "TwoFactorRequired"),
        (SignedOutError("x", code="TWOFACTOR_FAILURE"), "TwoFactorFailure"),
        (RefusedError("x", code="CAPTCHA_REQUIRED"), "CaptchaRequired"),
        (RefusedError("x", code="ACCOUNT_SUSPENDED"), "AccountSuspended"),
        (RefusedError("x", code="account_disabled"), "AccountSuspended"),
        (RefusedError("x", code="ACCOUNT_DEACTIVATED"), "AccountDeactivated"),
        (RefusedError("x", code="EMAIL_INVALIDATED"), "EmailInvalidated"),
        (RefusedError("x", code="INVALID_DATA"), "RegistrationError"),
        (BusyError("x", code="TOO_MANY_REQUESTS"), "TooManyAttempts"),
        (RefusedError("x", code="tls_required"), "InsecureConnection"),
        (RefusedError("x", code="TLS_REQUIRED"), "InsecureConnection"),
        (rules.locked("x"), "KeyringLocked"),
        (rules.not_available("x"), "KeyringNotAvailable"),
        (OfflineError("x", code="unreachable"), "NetworkError"),
        (ServerError("x"), "ServerError"),
        (BusyError("x"), "ServerError"),
        (ContractError("x"), "ServerError"),
        (UsageError("x"), "CredentialsError"),
        (RefusedError("x", code="brand_new"), "CredentialsError"),
    ],
)
def test_error_travels_as_its_errtype(error, errtype):
    """9.3: the table."""
    assert rules.errtype_of(error) == errtype
    assert rules.error_dict(error) == {"errtype": errtype, "message": "x"}


def test_every_code_of_the_log_in_has_an_errtype():
    """9.3, REST 14.2: no code of token issue ends as the last resort."""
    for code, failure in BY_CODE.items():
        if code.isupper():
            kind = rules.errtype_of(failure.kind(failure.text, code=code))
            assert kind != CredentialsErrorType.GENERAL.value, code


@pytest.mark.parametrize(
    ("extra", "errtype"),
    [
        ({"email": ["No address.", "Too short."]}, "InvalidEmailError"),
        ({"password": ["Field required"]}, "InvalidPasswordError"),
        ({"token_name": ["x"]}, "RegistrationError"),
        ({"email": ["x"], "password": ["y"]}, "RegistrationError"),
        ({}, "RegistrationError"),
        ("rubbish", "RegistrationError"),
    ],
)
def test_refused_form_names_its_fields(extra, errtype):
    """9.3, REST 14.2: form refused, with field keys."""
    body = json.dumps({"code": "INVALID_DATA", "message": "Invalid request data", "extra": extra})
    found = rules.error_dict(failure_of(Reply(400, {}, body.encode()), 0.0))
    assert found["errtype"] == errtype
    assert "Invalid request data" in found["message"]
    if "email" in extra and len(extra) == 1:
        assert found["email"] == "No address. Too short."


def test_error_dict_carries_what_else_is_known():
    """9.3: retry_after in seconds, oops_id; all values are text."""
    busy = BusyError("x", code="TOO_MANY_REQUESTS", retry_after=29.6)
    assert rules.error_dict(busy)["retry_after"] == "30"
    assert rules.error_dict(ServerError("x", oops_id="OOPS-1"))["oops_id"] == "OOPS-1"
