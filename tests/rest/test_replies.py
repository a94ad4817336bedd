"""Answers: what is accepted, and that nothing wrong gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.rest import replies
from u1tray.rest.failures import Reply
from u1tray.vocabulary.errors import ContractError, SignedOutError, U1Error
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

NOW = 1_700_000_000.0


def ok(body, status=200):
    return Reply(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_quota_reads_two_counts():
    """11: total and used in bytes; used may exceed total; further keys are ignored."""
    assert replies.quota(ok({"total": 5368709120, "used": 1024}), NOW) == Quota(5368709120, 1024)
    assert replies.quota(ok({"total": 0, "used": 9, "x": 1}, 203), NOW) == Quota(0, 9)
    assert replies.quota(ok({"total": 2**63 - 1, "used": 0}), NOW).total == 2**63 - 1


@pytest.mark.parametrize("bad", [-1, 2**63, 1.0, True, "5", None, [], {}, float("nan")])
@pytest.mark.parametrize("key", ["total", "used"])
def test_absurd_quota_breaks_the_contract(key, bad):
    """11: negative, absurd, or of another type than an integer."""
    with pytest.raises(ContractError, match=key):
        replies.quota(ok({"total": 1, "used": 1, key: bad}), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"<html>",
        b'"x"',
        b"\xff\xfe",
        b"{}",
        b"[" * 100000,
        b'{"total": 1' + b"0" * 5000 + b', "used": 1}',
        b'\xef\xbb\xbf{"total":1,"used":1}',
    ],
)
def test_broken_json_breaks_the_contract(body):
    """2.2: a body that is no JSON object with the keys."""
    with pytest.raises(ContractError):
        replies.quota(ok(body), NOW)


def test_failed_answer_raises_its_own_error():
    """12: the body of a 401 is not read as a quota."""
    with pytest.raises(SignedOutError):
        replies.quota(ok({"code": "oauth_invalid", "error": "x"}, 401), NOW)


@given(st.binary(max_size=60), st.integers(100, 599))
def test_any_answer_is_a_value_or_one_of_our_errors(body, status):
    """No answer of anybody makes another exception."""
    for read in (replies.quota, replies.user, replies.account, replies.tokens):
        with pytest.raises(U1Error):
            read(Reply(status, {}, body), NOW)
    assert isinstance(replies.features(Reply(status, {}, body)), replies.Features)


def test_user_reads_the_seven_keys():
    """4.1."""
    body = {
        "resource_path": "",
        "user_id": 4711,
        "visible_name": "Ana Example",
        "max_bytes": 5368709120,
        "used_bytes": 1024,
        "root_node_path": "/~/Ubuntu One",
        "user_node_paths": ["/~/Docs", "/~/one/two"],
    }
    user = replies.user(ok(body), NOW)
    assert user.quota == Quota(5368709120, 1024)
    assert user.user_node_paths == ("/~/Docs", "/~/one/two")
    with pytest.raises(ContractError):
        replies.user(ok({**body, "user_node_paths": [1]}), NOW)


def test_account_reads_what_the_contract_names():
    """11."""
    body = {
        "id": 4711,
        "username": "https://one.example.com/+id/kW3xQ7a",
        "first_name": "Ana",
        "last_name": "Example",
        "nickname": "ana",
        "email": "ana@example.com",
        "current_plan": "Free 5 GB",
        "total_storage": 5368709120,
    }
    account = replies.account(ok(body), NOW)
    assert (account.email, account.current_plan) == ("ana@example.com", "Free 5 GB")
    with pytest.raises(ContractError, match="email"):
        replies.account(ok({**body, "email": None}), NOW)


def test_credentials_are_read_from_both_sso_versions():
    """14.1 and 14.2 name the same things differently."""
    v1 = {"consumer_key": "CK", "consumer_secret": "CS", "token": "TK", "token_secret": "TS"}
    v2 = {"consumer_key": "CK", "consumer_secret": "CS", "token_key": "TK", "token_secret": "TS"}
    one = replies.credentials_v1(ok({**v1, "name": "N"}), NOW)
    two = replies.credentials_v2(ok({**v2, "token_name": "N"}, 201), NOW)
    assert one == two
    assert one.to_wire() == {**v1, "name": "N"}
    with pytest.raises(ContractError):
        replies.credentials_v2(ok({**v2, "token_name": "N", "token_key": ""}), NOW)


def test_features_choose_the_best_signature_method():
    """16.1, 17: HMAC-SHA256 if announced, else HMAC-SHA1."""
    body = {
        "server": {"name": "example", "version": "1.0.0"},
        "signature_methods": ["PLAINTEXT", "HMAC-SHA1", "HMAC-SHA256", "X"],
        "features": {"changes": {"url": "/changes"}, "recursive": {}, "odd": 5},
    }
    found = replies.features(ok(body))
    assert found.signature_method == "HMAC-SHA256"
    assert found.urls == {"changes": "/changes", "recursive": "", "odd": ""}
    assert replies.Features(signature_methods=("PLAINTEXT",)).signature_method == "HMAC-SHA1"


@pytest.mark.parametrize("answer", [ok({}, 404), ok(b"<html>"), ok([]), ok(b""), ok({}, 203)])
def test_anything_else_means_no_extensions(answer):
    """16.1: any answer but 200 with JSON means "no extensions"."""
    found = replies.features(answer)
    assert found == replies.Features()
    assert found.signature_method == "HMAC-SHA1"


def test_server_time_is_unix_seconds():
    """13.4."""
    assert replies.server_time(ok(b"1325376000\n"), NOW) == 1325376000
    with pytest.raises(ContractError):
        replies.server_time(ok(b"noon"), NOW)


def test_tokens_are_listed_without_secrets():
    """16.6."""
    listed = {"id": "b7", "name": "N", "created": "2012-08-25T15:34:49Z", "last_used": None}
    (token,) = replies.tokens(ok({"tokens": [{**listed, "current": True}]}), NOW)
    assert token.current
    assert token.last_used is None
    with pytest.raises(ContractError):
        replies.tokens(ok({"tokens": [5]}), NOW)
