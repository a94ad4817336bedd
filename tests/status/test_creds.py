"""What is known of credentials, and when they are asked for (D-Bus contract, 8.1)."""

from __future__ import annotations

import itertools

import pytest

from tests.status.desk import ONLINE, READY_NOT_USER, Desk, state
from u1tray.status import events
from u1tray.status.commands import AskCredentials
from u1tray.status.values import Action, Creds, Indicator
from u1tray.vocabulary import names
from u1tray.vocabulary.states import StateName

pytestmark = pytest.mark.core

AVAILABLE = events.CredentialsAvailable(True)
ERROR = names.CREDENTIALS_ERROR_PREFIX


@pytest.fixture
def desk() -> Desk:
    """A daemon that is Not User for half a second, and a Credentials service."""
    desk = Desk()
    desk.feed(AVAILABLE)
    return desk.daemon(READY_NOT_USER)


def value(desk: Desk) -> Creds:
    return desk.model.creds.value


def asked(desk: Desk) -> int:
    return desk.taken().count(AskCredentials())


def test_credentials_are_asked_for_after_five_seconds_not_user(desk):
    """8.1."""
    desk.wait(4.4)
    assert asked(desk) == 0
    desk.wait(0.2)
    assert asked(desk) == 1


@pytest.mark.parametrize(
    "found", [ONLINE, state(StateName.READY), state(StateName.AUTH_FAILED)], ids=lambda s: s.name
)
def test_credentials_are_not_asked_for_otherwise(found):
    """8.1: only when present and `Not User`."""
    desk = Desk()
    desk.feed(AVAILABLE)
    desk.daemon(found)
    desk.wait(3600)
    assert asked(desk) == 0


def test_credentials_are_not_asked_for_while_paused():
    """8.1."""
    desk = Desk(paused=True)
    desk.feed(AVAILABLE)
    desk.daemon(READY_NOT_USER)
    desk.wait(3600)
    assert asked(desk) == 0


def test_credentials_are_not_asked_for_where_there_is_no_service():
    """8.1: unavailable."""
    desk = Desk().daemon(READY_NOT_USER)
    desk.wait(3600)
    assert asked(desk) == 0
    assert value(desk) is Creds.UNAVAILABLE


@pytest.mark.parametrize("known", [events.CredentialsFound(), events.CredentialsNotFound()])
def test_what_is_known_is_not_asked_for(desk, known):
    """8.1: "and not known"; nothing is pending for it either."""
    desk.feed(known)
    desk.wait(86_400)
    assert asked(desk) == 0


@pytest.mark.parametrize(("there", "expected"), [(True, Creds.FOUND), (False, Creds.NONE)])
def test_the_answer_is_known(desk, there, expected):
    """find_credentials_sync: a dict, or `{}`."""
    desk.wait(5)
    desk.reply(AskCredentials(), there)
    assert value(desk) is expected


def test_no_answer_for_three_seconds_is_pending(desk):
    """8.1, row 21: a keyring that does not answer is waited for."""
    desk.wait(4.5 + 2.9)
    assert value(desk) is Creds.UNKNOWN
    desk.wait(0.1)
    assert value(desk) is Creds.PENDING
    desk.wait(0.5)
    assert desk.indicator is Indicator.WAITING_FOR_KEYRING
    desk.reply(AskCredentials(), True)
    desk.wait(0.5)
    assert desk.indicator is Indicator.DISCONNECTED


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ERROR + "KeyringLocked", Creds.LOCKED),
        (ERROR + "KeyringNotAvailable", Creds.LOCKED),
        (ERROR + "ServerError", Creds.ERROR),
        (names.NO_REPLY, Creds.ERROR),
        (names.SERVICE_UNKNOWN, Creds.UNAVAILABLE),
    ],
)
def test_a_failed_question_is_an_answer(desk, error, expected):
    """T20, 9.3: errors are told by the last part of their names (C8)."""
    desk.wait(5)
    desk.feed(events.Failed(AskCredentials(), error))
    assert value(desk) is expected


def test_a_locked_keyring_is_asked_again_every_ten_minutes(desk):
    """8.1."""
    start = desk.now + 4.5
    for _ in range(3):
        desk.wait(600)
        desk.feed(events.Failed(AskCredentials(), ERROR + "KeyringLocked"))
    assert [at - start for at in desk.times_of(AskCredentials)] == [0, 600, 1200]


def test_a_changed_keyring_is_a_reason_to_ask(desk):
    """8.1: also about what was known; a flood of changes asks every five seconds."""
    desk.wait(5)
    desk.reply(AskCredentials(), True)
    desk.taken()
    desk.wait(60)
    for _ in range(100):
        desk.feed(events.KeyringChanged())
        if asked(desk):
            desk.reply(AskCredentials(), True)
        desk.wait(0.1)
    times = desk.times_of(AskCredentials)
    assert 3 <= len(times) <= 4
    assert all(b - a >= 5 for a, b in itertools.pairwise(times))


def test_an_action_of_the_person_is_a_reason_to_ask(desk):
    """8.1."""
    desk.feed(events.CredentialsNotFound())
    desk.wait(60)
    assert asked(desk) == 0
    desk.feed(events.ActionChosen(Action.OPEN_FOLDER))
    assert asked(desk) == 1


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (events.CredentialsFound(), Creds.FOUND),
        (events.CredentialsNotFound(), Creds.NONE),
        (events.CredentialsCleared(), Creds.NONE),
        (events.CredentialsStored(), Creds.UNKNOWN),
        (events.AuthorizationDenied(), Creds.LOCKED),
        (events.CredentialsError("AuthenticationError"), Creds.LOCKED),
    ],
)
def test_it_listens(desk, heard, expected):
    """8.1: Denied and another's error change nothing."""
    desk.wait(5)
    desk.feed(events.Failed(AskCredentials(), ERROR + "KeyringLocked"))
    desk.feed(heard)
    assert value(desk) is expected


def test_stored_credentials_are_looked_at(desk):
    """Stored does not say what; asking does."""
    desk.feed(events.CredentialsNotFound())
    desk.wait(60)
    desk.feed(events.CredentialsStored())
    assert asked(desk) == 1


def test_a_service_that_leaves_is_unavailable(desk):
    """8.1: neither owned nor activatable; and back again."""
    desk.feed(events.CredentialsFound(), events.CredentialsAvailable(False))
    assert value(desk) is Creds.UNAVAILABLE
    desk.feed(AVAILABLE)
    assert value(desk) is Creds.UNKNOWN


def test_what_is_known_stays_known_when_the_lists_are_read_again(desk):
    """The tray looks at the bus's names now and then."""
    desk.feed(events.CredentialsFound(), AVAILABLE)
    assert value(desk) is Creds.FOUND
