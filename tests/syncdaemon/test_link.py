"""What answers and errors of a server mean for the connection."""

from __future__ import annotations

import pytest

from u1tray.rest.failures import Reply
from u1tray.rest.replies import Features
from u1tray.syncdaemon.link import event_of, judge_features, judge_time
from u1tray.syncdaemon.machine import Lost, Step
from u1tray.vocabulary import errors
from u1tray.vocabulary.errors import U1Error

pytestmark = pytest.mark.core

TEXT = {"Content-Type": "text/plain"}
HTML = {"content-type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Reply(200, TEXT, b"1325376000"), Step.VERSION_ACCEPTED),
        (Reply(200, TEXT, b"hello"), Step.VERSION_REFUSED),
        (Reply(200, TEXT, b""), Step.VERSION_REFUSED),
        (Reply(404, HTML, b"<p>"), Step.VERSION_REFUSED),
        (Reply(410, TEXT, b""), Step.VERSION_REFUSED),
        (Reply(200, HTML, b"<p>Log in to the hotel"), U1Error),
        (Reply(302, TEXT, b""), U1Error),
        (Reply(500, TEXT, b""), U1Error),
        (Reply(511, HTML, b"<p>"), U1Error),
    ],
)
def test_answer_to_the_time_tells_the_kind_of_server(reply, verdict):
    """4.1 CHECK_VERSION: a sticky BAD_VERSION only for what cannot pass by itself."""
    if verdict is U1Error:
        with pytest.raises(U1Error):
            judge_time(reply)
    else:
        assert judge_time(reply) is verdict


def test_features_are_no_condition_but_a_known_signature_is():
    """REST 16: no extension is needed; 13.1: some way to sign is."""
    assert judge_features(Features()) is Step.CAPABILITIES_ACCEPTED
    assert judge_features(Features(signature_methods=())) is Step.CAPABILITIES_ACCEPTED
    known = Features(signature_methods=("HMAC-SHA1", "NEW"))
    assert judge_features(known) is Step.CAPABILITIES_ACCEPTED
    unknown = Features(signature_methods=("NEW",))
    assert judge_features(unknown) is Step.CAPABILITIES_MISSING


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (errors.SignedOutError("x", code="oauth_invalid"), Step.CREDENTIALS_REFUSED),
        (errors.SignedOutError("x", code="token_revoked"), Step.CREDENTIALS_REFUSED),
        (errors.RefusedError("x", code="account_disabled"), Step.CREDENTIALS_REFUSED),
        (errors.RefusedError("x", code="oauth_timestamp_refused"), Lost()),
        (errors.OfflineError("x"), Lost()),
        (errors.ServerError("x"), Lost()),
        (errors.ContractError("x"), Lost()),
        (errors.UsageError("x"), Lost()),
        (errors.BusyError("x", retry_after=7.0), Lost(7.0)),
        (errors.BusyError("x"), Lost()),
    ],
)
def test_only_refused_credentials_end_trying(error, event):
    """REST 17: 401 oauth_invalid and 403 token_revoked mean signed out; the rest is retried."""
    assert event_of(error) == event
