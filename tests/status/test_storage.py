"""When the cloud is asked for the quota, and what its answers change."""

from __future__ import annotations

import itertools

import pytest

from tests.status.desk import ONLINE, ONLINE_WORKING, OTHER, OWNER, READY_NOT_USER, Desk, state
from u1tray.status import events
from u1tray.status.commands import AskStorage
from u1tray.status.values import Direction, StorageProblem
from u1tray.vocabulary.quota import Quota
from u1tray.vocabulary.states import StateName

pytestmark = pytest.mark.core

QUOTA = Quota(5_000_000_000, 1_200_000_000)
HEARD = events.StorageHeard(QUOTA)
UP = Direction.UPLOAD
FILE = "/home/user/a"
PASSING = (StorageProblem.OFFLINE, StorageProblem.SERVER)
LASTING = tuple(
    problem
    for problem in StorageProblem
    if problem not in PASSING and problem is not StorageProblem.SIGNED_OUT
)


def failure(problem=StorageProblem.OFFLINE, **more) -> events.StorageFailed:
    return events.StorageFailed(problem, **more)


@pytest.fixture
def desk() -> Desk:
    """Online, and the first answer has come."""
    return online(Desk())


def online(desk: Desk, *answers: events.Event, owner: str = OWNER) -> Desk:
    desk.daemon(owner=owner)
    desk.feed(*(answers or (HEARD,)))
    return desk


def asked(desk: Desk) -> int:
    return desk.taken().count(AskStorage())


def test_nothing_is_asked_without_a_trigger():
    """No daemon online, nobody looking: not once in a day."""
    desk = Desk().daemon(READY_NOT_USER)
    desk.feed(events.CredentialsFound(), events.NetworkChanged(), events.KeyringChanged())
    desk.wait(86_400)
    assert asked(desk) == 0
    assert desk.view.storage.problem is StorageProblem.NOT_ASKED


def test_first_connection_asks():
    """Once an owner is first seen online, and not again when it returns from a lapse."""
    desk = Desk()
    desk.feed(events.OwnerChanged(OWNER), events.StatusChanged(ONLINE))
    assert asked(desk) == 1
    desk.feed(HEARD)
    desk.wait(100)
    desk.feed(events.StatusChanged(state(StateName.WAITING)), events.StatusChanged(ONLINE))
    assert asked(desk) == 0


def test_a_new_owner_is_a_first_connection(desk):
    """Another daemon, maybe another account."""
    desk.wait(100)
    desk.feed(events.OwnerChanged(OTHER), events.StatusChanged(ONLINE))
    assert asked(desk) == 1


def test_what_was_heard_is_shown_with_its_time(desk):
    """`asked_at` is the moment of the last good answer."""
    assert desk.view.storage.quota == QUOTA
    assert desk.view.storage.asked_at == desk.now
    assert desk.view.storage.problem is None


def test_the_end_of_a_burst_asks_once(desk):
    """Two files in one burst; the answer counts from when all is at rest."""
    desk.wait(100)
    for _ in range(2):
        desk.feed(events.StatusChanged(ONLINE_WORKING), events.TransferStarted(UP, FILE))
        desk.wait(1)
        desk.feed(events.TransferFinished(UP, FILE), events.StatusChanged(ONLINE))
        desk.wait(0.5)
    assert asked(desk) == 0
    desk.wait(1)
    assert asked(desk) == 1


def test_work_without_a_transfer_is_no_burst(desk):
    """Bookkeeping changes no quota."""
    desk.wait(100)
    desk.feed(events.StatusChanged(ONLINE_WORKING))
    desk.wait(5)
    desk.feed(events.StatusChanged(ONLINE))
    desk.wait(60)
    assert asked(desk) == 0


def test_a_burst_within_the_minute_asks_when_it_is_over(desk):
    """At most once a minute, but the trigger is not lost."""
    start = desk.now
    desk.feed(events.TransferStarted(UP, FILE), events.TransferFinished(UP, FILE))
    desk.wait(600)
    assert [at - start for at in desk.times_of(AskStorage) if at > start] == [59.5]


def test_quota_exceeded_asks(desk):
    """The daemon says that it is full."""
    desk.wait(100)
    desk.feed(events.QuotaExceeded({"volume_id": "", "type": "Root"}))
    assert asked(desk) == 1


@pytest.mark.parametrize("look", [events.MenuShown(), events.WindowShown(True)])
def test_a_look_asks_when_older_than_a_minute(desk, look):
    """And never within it, nor later for it."""
    desk.wait(59)
    desk.feed(look)
    desk.wait(60)
    assert asked(desk) == 0
    desk.feed(look)
    assert asked(desk) == 1


def test_closing_the_window_asks_nothing(desk):
    """Only looking does."""
    desk.wait(100)
    desk.feed(events.WindowShown(False))
    assert asked(desk) == 0


def test_a_look_asks_without_a_daemon():
    """The cloud is there even when sync is not."""
    desk = Desk()
    desk.feed(events.MenuShown())
    assert asked(desk) == 1


def test_nobody_asks_twice_at_a_time():
    """Looking again while the answer is on its way."""
    desk = Desk()
    for _ in range(10):
        desk.feed(events.MenuShown())
        desk.wait(5)
    assert asked(desk) == 1


def test_an_answer_that_never_comes_blocks_nothing():
    """A promise of one answer may be broken."""
    desk = Desk()
    desk.feed(events.MenuShown())
    desk.wait(121)
    desk.feed(events.MenuShown())
    assert asked(desk) == 2


@pytest.mark.parametrize("problem", PASSING)
def test_passing_failures_are_tried_again_with_growing_waits_and_an_end(problem):
    """60, 120, 240, 480, 900 s; then only a new trigger asks."""
    desk = Desk()
    desk.feed(events.MenuShown())
    times = [desk.now]
    for _ in range(5):
        desk.feed(failure(problem))
        desk.wait(desk.wake - desk.now)
        times.append(desk.now)
    assert [round(b - a) for a, b in itertools.pairwise(times)] == [
        60,
        120,
        240,
        480,
        900,
    ]
    assert asked(desk) == 6
    desk.feed(failure(problem))
    assert desk.wake is None
    desk.wait(901)
    desk.feed(events.MenuShown())
    assert asked(desk) == 1


@pytest.mark.parametrize("problem", LASTING)
def test_lasting_failures_wait_for_a_trigger(problem):
    """A wrong URL does not become right by asking."""
    desk = Desk()
    desk.feed(events.MenuShown(), failure(problem))
    assert (desk.wake, desk.view.storage.problem) == (None, problem)


def test_a_success_ends_the_growing():
    """The next failure waits for a minute again."""
    desk = Desk()
    desk.feed(events.MenuShown(), failure())
    desk.wait(60)
    desk.feed(failure())
    desk.wait(120)
    desk.feed(HEARD)
    desk.wait(100)
    desk.feed(events.MenuShown(), failure())
    assert desk.wake == desk.now + 60


def test_retry_after_is_honoured():
    """The server knows better, unless it says less than a minute."""
    desk = Desk()
    desk.feed(events.MenuShown(), failure(StorageProblem.SERVER, retry_after=300.0))
    desk.wait(299)
    desk.feed(events.MenuShown())
    assert asked(desk) == 1
    desk.wait(2)
    assert asked(desk) == 1


def test_a_failure_keeps_what_was_heard_with_its_age(desk):
    """A quota is not forgotten because the network went."""
    heard_at = desk.now
    desk.wait(100)
    desk.feed(events.MenuShown(), failure(StorageProblem.SERVER, oops_id="OOPS-1"))
    found = desk.view.storage
    assert (found.quota, found.asked_at) == (QUOTA, heard_at)
    assert (found.problem, found.oops_id) == (StorageProblem.SERVER, "OOPS-1")


def test_a_changed_network_shortens_the_wait():
    """Offline was the reason, and it may be gone."""
    desk = online(Desk(), failure())
    for seconds in (60, 120):
        desk.wait(seconds)
        desk.feed(failure())
    desk.taken()
    desk.wait(61)
    assert asked(desk) == 0
    desk.feed(events.NetworkChanged())
    assert asked(desk) == 1


@pytest.mark.parametrize("news", [events.CredentialsFound(), events.CredentialsStored()])
def test_signed_out_waits_for_news_of_credentials(news):
    """401 and 403 do not change by asking."""
    desk = online(Desk(), failure(StorageProblem.SIGNED_OUT))
    desk.wait(3600)
    desk.feed(events.MenuShown(), events.QuotaExceeded({}), events.NetworkChanged())
    desk.wait(3600)
    assert asked(desk) == 0
    desk.feed(news)
    assert asked(desk) == 1


def test_cleared_credentials_void_what_was_heard(desk):
    """The quota belonged to that account."""
    desk.feed(events.CredentialsCleared())
    assert (desk.view.storage.quota, desk.view.storage.problem) == (None, StorageProblem.SIGNED_OUT)


def test_another_cloud_is_asked_anew(desk):
    """StorageForgotten: what was heard is void."""
    desk.feed(events.StorageForgotten())
    assert asked(desk) == 1
    assert desk.view.storage.quota is None


def test_an_answer_of_the_old_cloud_is_void():
    """The question was on its way when the person chose another cloud."""
    desk = Desk()
    desk.feed(events.MenuShown(), events.StorageForgotten())
    assert asked(desk) == 1
    desk.feed(HEARD)
    assert asked(desk) == 1
    assert desk.view.storage.quota is None
    other = events.StorageHeard(Quota(10, 1))
    desk.feed(other)
    assert desk.view.storage.quota == other.quota


def test_a_look_during_a_wait_leaves_nothing_pending(desk):
    """Looking asks now or not at all: a closed menu wakes nobody."""
    desk.wait(70)
    desk.feed(events.MenuShown(), failure(StorageProblem.TLS), events.MenuShown())
    assert desk.wake is None
    desk.wait(3600)
    assert asked(desk) == 1


def test_signed_out_asks_when_a_credentials_service_comes():
    """There was nobody to ask for the token; now there is."""
    desk = online(Desk(), failure(StorageProblem.SIGNED_OUT))
    desk.wait(100)
    desk.feed(events.CredentialsAvailable(True))
    assert asked(desk) == 1


def test_an_answer_of_the_old_account_is_void():
    """Log-out while the question was on its way: the numbers are nobody's."""
    desk = Desk().daemon()
    desk.feed(events.CredentialsCleared(), HEARD)
    assert (desk.view.storage.quota, desk.view.storage.problem) == (None, StorageProblem.SIGNED_OUT)


def test_stored_credentials_ask_again_for_they_may_be_of_another_account(desk) -> None:
    """9.1: a log-in without a log-out before it."""
    desk.feed(HEARD)
    before = asked(desk)
    desk.feed(events.CredentialsStored())
    desk.wait(61)
    assert asked(desk) == before + 1
