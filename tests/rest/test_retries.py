"""When a request is tried again (section 17)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.rest.failures import Reply
from u1tray.rest.retries import (
    Course,
    after_lost_connection,
    after_reply,
    backoff_seconds,
    clock_offset,
)

pytestmark = pytest.mark.core

NOW = 1_700_000_000.0
DATE = "Tue, 14 Nov 2023 23:13:20 GMT"  # one hour later


def answer(status, code="", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, names, json.dumps({"code": code}).encode())


def follow(method, reply, course=Course(), limit=None):  # noqa: B008 - frozen
    return after_reply(method, reply, course, now=NOW, draw=0.5, limit=limit)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_passing_failures_are_tried_again_after_one_second(method, status):
    """17: GET, PUT and DELETE after 429, 500, 502, 503 and 504."""
    assert follow(method, answer(status)).delay == 1.0


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 412, 413, 507, 501, 301])
def test_other_failures_are_final(status):
    """17: never other 4xx or 507."""
    assert follow("GET", answer(status)) is None


def test_post_is_never_repeated():
    """17: only GET, PUT and DELETE; a password is not sent twice."""
    assert follow("POST", answer(503)) is None
    assert after_lost_connection("POST", Course(), draw=0.5) is None


def test_retry_after_wins_over_the_back_off():
    """17: after Retry-After, else 1, 2, 4 ... s."""
    assert follow("GET", answer(503, retry_after="17")).delay == 17.0


def test_program_by_hand_does_not_wait_for_hours():
    """A person waits; a service may."""
    late = answer(503, retry_after="3600")
    assert follow("GET", late, limit=5) is None
    assert follow("GET", late).delay == 3600.0


def test_five_attempts_by_hand_then_it_gives_up():
    """17: programs started by hand give up after 5 attempts."""
    course = Course()
    delays = []
    while (retry := after_lost_connection("GET", course, draw=0.5, limit=5)) is not None:
        delays.append(retry.delay)
        course = retry.course
    assert delays == [1.0, 2.0, 4.0, 8.0]
    course = Course()
    delays = []
    while (retry := follow("PUT", answer(500), course, 5)) is not None:
        delays.append(retry.delay)
        course = retry.course
    assert delays == [1.0, 2.0, 4.0, 8.0]


def test_wrong_clock_is_corrected_once_by_the_date():
    """17, 13.4: 401 oauth_timestamp_refused once, with the offset from `Date`."""
    refused = answer(401, "oauth_timestamp_refused", date=DATE)
    retry = follow("POST", refused)
    assert (retry.delay, retry.clock_offset) == (0.0, 3600.0)
    assert follow("POST", refused, retry.course) is None
    assert follow("GET", answer(401, "oauth_timestamp_refused")) is None


def test_used_nonce_is_renewed_once():
    """17: 401 oauth_nonce_used once."""
    used = answer(401, "oauth_nonce_used")
    retry = follow("GET", used)
    assert retry.delay == 0.0
    assert retry.clock_offset is None
    assert follow("GET", used, retry.course) is None


def test_signed_out_is_final():
    """17: oauth_invalid and token_revoked mean signed out."""
    assert follow("GET", answer(401, "oauth_invalid")) is None
    assert follow("GET", answer(403, "token_revoked")) is None


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_back_off_stays_within_twenty_percent_of_a_minute(attempts, draw):
    """17: 1, 2, 4 ... at most 60 s, random +-20 %."""
    middle = min(2.0 ** min(attempts - 1, 30), 60.0)
    assert 0.8 * middle <= backoff_seconds(attempts, draw) <= 1.2 * middle


def test_clock_offset_needs_a_date():
    """13.4."""
    assert clock_offset(DATE, NOW) == 3600.0
    assert clock_offset(None, NOW) is None
    assert clock_offset("yesterday", NOW) is None
