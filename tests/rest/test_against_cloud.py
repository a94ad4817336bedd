"""Both clients against a real cloud: the whole life of a token (sections 13, 14, 16)."""

from __future__ import annotations

import time

import pytest

from tests.rig.cloud import EMAIL, PASSWORD, start_cloud
from u1tray.rest import requests
from u1tray.rest.replies import credentials_v1, tokens
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.errors import SignedOutError
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.end2end

NAME = requests.token_name("kiwi", "test")


@pytest.fixture
def real(started, home) -> CloudSettings:
    return CloudSettings.of(start_cloud(started, home).url)


def test_token_lives_from_log_in_to_revocation(client, real):
    """14.2, 14.3, 16.1, 16.6: issue, ping, use with the best signature, revoke, be told."""
    now = time.time()
    keys = client(real, ("issue_token", EMAIL, PASSWORD, NAME), credentials=None, now=now)
    assert keys.name == NAME
    client(real, ("ping", EMAIL), credentials=keys, now=now)
    quota = client(real, ("features",), ("quota",), credentials=keys, now=now)
    assert quota == Quota(5_000_000_000, 0)
    account = client(real, ("account",), credentials=keys, now=now)
    assert (account.email, account.total) == (EMAIL, quota.total)
    assert client(real, ("user",), credentials=keys, now=now).root_node_path == "/~/Ubuntu One"
    again = client(real, ("issue_token", EMAIL, PASSWORD, NAME), credentials=None, now=now)
    assert again == keys
    listed = client(real, ("send", requests.tokens(real)), credentials=keys, now=now)
    (token,) = tokens(listed, now)
    assert token.current
    client(real, ("send", requests.revoke_token(real, token.id)), credentials=keys, now=now)
    with pytest.raises(SignedOutError) as caught:
        client(real, ("quota",), credentials=keys, now=now)
    assert caught.value.code == "token_revoked"


def test_wrong_clock_of_an_hour_does_not_matter(client, real):
    """13.4, 17: corrected by the cloud's own clock."""
    now = time.time()
    keys = client(real, ("issue_token", EMAIL, PASSWORD, NAME), credentials=None, now=now)
    assert client(real, ("quota",), credentials=keys, now=now - 3600).used == 0


def test_old_log_in_gives_the_same_token(client, real):
    """14.1, 14.2: both versions know the token of a name."""
    now = time.time()
    keys = client(real, ("issue_token", EMAIL, PASSWORD, NAME), credentials=None, now=now)
    old = requests.token_v1(real, EMAIL, PASSWORD, NAME)
    reply = client(real, ("send", old), credentials=None, now=now)
    assert credentials_v1(reply, now) == keys


def test_wrong_password_is_signed_out(client, real):
    """14.2."""
    with pytest.raises(SignedOutError) as caught:
        client(real, ("issue_token", EMAIL, "wrong", NAME), credentials=None)
    assert caught.value.code == "INVALID_CREDENTIALS"
