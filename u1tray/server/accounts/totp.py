"""Time-based one-time codes (RFC 6238): six digits of HMAC-SHA-1, one step each 30 seconds.

Plain arithmetic; which steps were used already is `two_factor`'s affair.
"""

from __future__ import annotations

import hmac

import pyotp

STEP_S = 30
DIGITS = 6
# The device's clock may be a step off, or the person slow (RFC 6238, 5.2).
_LATE_OR_EARLY = (0, -1, 1)


def new_secret() -> str:
    """160 random bits in base32, as authenticator programs take them."""
    return pyotp.random_base32(32)


def enrolment_uri(secret: str, email: str, issuer: str) -> str:
    """The `otpauth://totp/` URI of a secret, for a picture that a telephone reads."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(
        name=email, issuer_name=issuer
    )


def code_at(secret: str, step: int) -> str:
    """The code of a time step, counted from 1970."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).generate_otp(step)


def step_of(secret: str, code: str, now: float) -> int | None:
    """The time step around `now` (Unix seconds) that a code belongs to, or None."""
    present = int(now // STEP_S)
    for offset in _LATE_OR_EARLY:
        step = present + offset
        if step >= 0 and hmac.compare_digest(code_at(secret, step), code):
            return step
    return None


def is_code(text: str) -> bool:
    """Whether a text has the form of a code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()
