"""One-time codes: the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.server.accounts import totp

pytestmark = pytest.mark.core

SECRET = base64.b32encode(b"12345678901234567890").decode()
HOTP = ["755224", "287082", "359152", "969429", "338314"]
HOTP += ["254676", "287922", "162583", "399871", "520489"]
# The last six of the eight digits that the RFC prints for SHA-1.
TOTP = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("step", "code"), list(enumerate(HOTP)))
def test_code_of_a_step_is_the_rfcs(step: int, code: str) -> None:
    """RFC 4226, appendix D."""
    assert totp.code_at(SECRET, step) == code


@pytest.mark.parametrize(("moment", "code"), TOTP)
def test_code_of_a_moment_is_the_rfcs(moment: int, code: str) -> None:
    """RFC 6238, appendix B."""
    assert totp.step_of(SECRET, code[-6:], moment) == moment // 30


def test_code_is_taken_a_step_early_and_late_but_not_two() -> None:
    """±1 step (RFC 6238, 5.2)."""
    code = totp.code_at(SECRET, 1000)
    found = {step: totp.step_of(SECRET, code, step * 30.0 + 29.9) for step in range(997, 1004)}
    assert found == {997: None, 998: None, 999: 1000, 1000: 1000, 1001: 1000, 1002: None} | {
        1003: None
    }


def test_first_moments_of_1970_have_codes() -> None:
    """No step before zero is asked for."""
    assert totp.step_of(SECRET, HOTP[0], 0.0) == 0
    assert totp.step_of(SECRET, "000000", 0.0) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=8))
def test_only_six_ascii_digits_have_the_form_of_a_code(text: str) -> None:
    """Arabic digits and the like are none."""
    assert totp.is_code(text) is (len(text) == 6 and all(sign in "0123456789" for sign in text))


def test_digits_of_other_scripts_are_no_code() -> None:
    """`str.isdigit` alone would take them."""
    assert not totp.is_code("١٢٣٤٥٦")
    assert not totp.is_code("12345²")


def test_new_secret_has_160_bits() -> None:
    """As RFC 4226, 4 (R6) recommends; never the same twice."""
    made = [totp.new_secret() for _ in range(20)]
    assert {len(base64.b32decode(secret)) for secret in made} == {20}
    assert len(set(made)) == 20


def test_uri_names_account_and_cloud() -> None:
    """What authenticator programs read: label, secret, issuer."""
    uri = urlsplit(totp.enrolment_uri(SECRET, "ana+x@example.com", "Kiwi & Co"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Kiwi & Co:ana+x@example.com"
    query = parse_qs(uri.query)
    assert (query["secret"], query["issuer"]) == ([SECRET], ["Kiwi & Co"])
    assert int(query.get("digits", ["6"])[0]) == totp.DIGITS
    assert int(query.get("period", ["30"])[0]) == totp.STEP_S
