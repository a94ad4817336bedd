"""Every status and code of section 12 and 14 means one of our errors."""

from __future__ import annotations

import json

import pytest

from u1tray.rest.failures import (
    BY_CODE,
    BY_STATUS,
    LONGEST_SENTENCE,
    FormRefusedError,
    Reply,
    code_of,
    failure_of,
    retry_after_seconds,
)
from u1tray.vocabulary import errors

pytestmark = pytest.mark.core

NOW = 1_700_000_000.0


def reply(status, code="", error="", headers=(), **more):
    body = json.dumps({"error": error, "code": code, **more}).encode()
    return Reply(status, dict(headers), body)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "bad_name", errors.RefusedError),
        (400, "oauth_malformed", errors.ContractError),
        (400, "magic_unknown", errors.NotFoundError),
        (400, "INVALID_DATA", FormRefusedError),
        (401, "oauth_missing", errors.SignedOutError),
        (401, "oauth_invalid", errors.SignedOutError),
        (401, "oauth_timestamp_refused", errors.RefusedError),
        (401, "oauth_nonce_used", errors.RefusedError),
        (401, "INVALID_CREDENTIALS", errors.SignedOutError),
        (401, "TWOFACTOR_REQUIRED", errors.SignedOutError),
        (401, "token_revoked", errors.SignedOutError),
        (402, "quota_exceeded", errors.QuotaError),
        (403, "token_revoked", errors.SignedOutError),
        (403, "token_not_accepted", errors.SignedOutError),
        (403, "account_disabled", errors.RefusedError),
        (403, "not_owner", errors.RefusedError),
        (403, "tls_required", errors.RefusedError),
        (403, "TLS_REQUIRED", errors.RefusedError),
        (403, "ACCOUNT_SUSPENDED", errors.RefusedError),
        (404, "not_found", errors.NotFoundError),
        (404, "no_content", errors.NotFoundError),
        (405, "method_not_allowed", errors.ContractError),
        (409, "offset_mismatch", errors.ConflictError),
        (410, "delta_gone", errors.ConflictError),
        (411, "length_required", errors.ContractError),
        (412, "precondition_failed", errors.ConflictError),
        (413, "too_large", errors.RefusedError),
        (416, "bad_range", errors.RefusedError),
        (418, "", errors.RefusedError),
        (429, "rate_limited", errors.BusyError),
        (429, "TOO_MANY_REQUESTS", errors.BusyError),
        (500, "internal", errors.ServerError),
        (501, "", errors.ServerError),
        (502, "", errors.BusyError),
        (503, "maintenance", errors.BusyError),
        (504, "", errors.BusyError),
        (507, "quota_exceeded", errors.QuotaError),
        (507, "server_full", errors.QuotaError),
        (301, "", errors.ContractError),
        (304, "", errors.ContractError),
        (101, "", errors.ContractError),
        (999, "", errors.ContractError),
    ],
)
def test_status_and_code_give_the_family(status, code, kind):
    """12, 14, 17: clients decide by status, then code."""
    failure = failure_of(reply(status, code), NOW)
    assert type(failure) is kind
    assert failure.code == code


def test_success_is_no_failure():
    """17: any 2xx is accepted where one is listed."""
    assert failure_of(Reply(200, {}, b""), NOW) is None
    assert failure_of(Reply(299, {}, b""), NOW) is None


def test_unknown_code_falls_back_to_the_status():
    """17: unknown codes are accepted."""
    failure = failure_of(reply(404, "brand_new"), NOW)
    assert isinstance(failure, errors.NotFoundError)
    assert failure.code == "brand_new"


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NotFoundError), (501, errors.ServerError)]
)
def test_page_of_another_server_says_nothing_about_the_cloud(status, kind):
    """12: an error has a JSON body; a web server's own page is no "there is no such file"."""
    assert type(failure_of(Reply(status, {}, b""), NOW)) is kind
    page = failure_of(Reply(status, {}, b"<html>Not here</html>"), NOW)
    assert type(page) is errors.ContractError


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"\xff", b'{"code": 5}', b"[" * 100000])
def test_error_body_that_is_no_object_still_gives_the_family(body):
    """A proxy's page instead of JSON is judged by its status."""
    answer = Reply(503, {}, body)
    assert code_of(answer) == ""
    assert isinstance(failure_of(answer, NOW), errors.BusyError)


def test_oops_id_of_a_500_is_shown():
    """17: show the x-oops-id of a 500 to the user."""
    oops = "OOPS-" + "0a" * 16
    failure = failure_of(reply(500, "internal", headers={"X-Oops-Id": oops}), NOW)
    assert failure.oops_id == oops
    assert oops in failure.text
    assert failure_of(reply(500, "internal", oops_id=oops), NOW).oops_id == oops


def test_servers_sentence_is_shown_in_one_bounded_line():
    """12: clients show `error`; what comes from outside is bounded and printable."""
    failure = failure_of(reply(400, "bad_move", "a\n\x1b[31mb" + "c" * 999), NOW)
    assert "The cloud says: a [31mb" in failure.text
    assert failure.text.isprintable()
    assert len(failure.text) < LONGEST_SENTENCE + 100


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:12:20 GMT", 0.0),
        ("999999999999", 86400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    """17, RFC 9110 10.2.3: both forms; nonsense is none."""
    assert retry_after_seconds(header, NOW) == seconds


def test_busy_carries_retry_after():
    """12: 429 and 503 have Retry-After."""
    failure = failure_of(reply(429, "rate_limited", headers={"retry-after": "7"}), NOW)
    assert failure.retry_after == 7.0


def test_every_text_is_a_sentence_for_people():
    """Texts say what happened or what to do; all end like a sentence."""
    for failure in (*BY_CODE.values(), *BY_STATUS.values()):
        assert failure.text[0].isupper()
        assert failure.text.endswith(".")
        assert errors.meaning_of(failure.kind(failure.text)).exit_code > 1
