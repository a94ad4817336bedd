"""The traps of section 7 (D-Bus contract) that deciding has to cope with, each by its number.

T5's calls, T14 to T17, T22's time-outs, T28's new bus and T30 are the bus room's; here is what
follows from them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.status.desk import (
    NOT_USER,
    OFFLINE,
    ONLINE,
    ONLINE_WORKING,
    OTHER,
    OWNER,
    READY_NOT_USER,
    WITH_USER,
    Desk,
    state,
)
from u1tray.status import commands, events
from u1tray.status.commands import AskFreeSpace, AskRecent, AskStatus, AskTransfers, AskWaiting
from u1tray.status.values import (
    Action,
    Creds,
    Direction,
    Indicator,
    Sentence,
    Startable,
    Transfer,
)
from u1tray.vocabulary import names
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.states import WORKING, DaemonState, StateName

pytestmark = pytest.mark.core

UP = Direction.UPLOAD
FILE = "/home/user/a.txt"
FULL = events.QuotaExceeded({"volume_id": "", "type": "Root"})
STANDOFF = state(StateName.STANDOFF, NOT_USER)


def changed(found: DaemonState) -> events.StatusChanged:
    return events.StatusChanged(found)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_t1_nothing_is_started_but_by_a_person(desk):
    """T1: beside an installed, stopped daemon nothing is asked for a whole day."""
    desk.feed(events.OwnerChanged(""), events.StartableChanged(Startable.YES))
    desk.feed(events.CredentialsAvailable(True), events.KeyringChanged(), events.NetworkChanged())
    desk.wait(86_400)
    assert desk.taken() == []
    desk.feed(events.ActionChosen(Action.START))
    assert desk.taken() == [commands.StartService()]


def test_t2_an_owner_is_asked_for_its_status(desk):
    """T2: presence has no signal of its own."""
    desk.feed(events.OwnerChanged(OWNER))
    assert desk.taken() == [AskStatus(OWNER)]
    desk.feed(events.OwnerChanged(OWNER))
    assert desk.taken() == []


def test_t3_a_lost_name_keeps_the_old_picture_three_seconds(desk):
    """T3: SIGTERM and a crash send nothing."""
    desk.daemon()
    desk.feed(events.OwnerChanged(""))
    desk.wait(2.99)
    assert desk.indicator is Indicator.UP_TO_DATE
    desk.wait(0.02)
    assert (desk.indicator, desk.sentence) == (Indicator.STOPPED, Sentence.NOT_RUNNING)


def test_t3_a_daemon_that_restarts_itself_shows_no_gap(desk):
    """T3: the name vanishes and returns after 1 to 3 s."""
    desk.daemon()
    desk.feed(events.OwnerChanged(""))
    desk.wait(2.5)
    desk.feed(events.OwnerChanged(OTHER))
    desk.wait(0.4)
    desk.feed(changed(ONLINE))
    desk.wait(10)
    assert desk.indicators == [Indicator.STOPPED, Indicator.UP_TO_DATE]


@pytest.mark.parametrize("between", [[""], []], ids=["gone", "handed over"])
def test_t3_another_owner_begins_with_nothing_of_the_old_one(desk, between):
    """T3: the old dict, transfers and quota are forgotten; recent files are not the daemon's."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(events.TransferStarted(UP, FILE), events.TransferFinished(UP, FILE))
    desk.feed(events.TransferStarted(UP, FILE), FULL)
    desk.feed(*(events.OwnerChanged(owner) for owner in between), events.OwnerChanged(OTHER))
    desk.feed(changed(ONLINE))
    desk.wait(3)
    assert (desk.indicator, desk.view.transfers) == (Indicator.UP_TO_DATE, ())
    assert desk.view.recent == (FILE,)


def test_t3_after_a_farewell_it_is_stopped_at_once(desk):
    """T3: SHUTDOWN, then the name is gone."""
    desk.daemon()
    desk.feed(changed(state(StateName.SHUTDOWN, NOT_USER)))
    assert desk.sentence is Sentence.SHUTTING_DOWN
    desk.wait(0.5)
    desk.feed(events.OwnerChanged(""))
    assert (desk.indicator, desk.sentence) == (Indicator.STOPPED, Sentence.NOT_RUNNING)


def test_t3_after_the_own_quit_it_is_stopped_at_once(desk):
    """T3: no ghost of what the person ended."""
    desk.daemon()
    desk.feed(events.ActionChosen(Action.STOP), events.OwnerChanged(""))
    assert (desk.indicator, desk.sentence) == (Indicator.STOPPED, Sentence.NOT_RUNNING)


@pytest.mark.parametrize("error", [names.TIMED_OUT, names.SPAWN_PREFIX + "ChildExited"])
def test_t4_starting_is_shown_until_it_did_not_start(desk, error):
    """T4: the real daemons hang for 25 s, ours answers at once."""
    desk.feed(events.OwnerChanged(""), events.StartableChanged(Startable.OFF))
    desk.feed(events.ActionChosen(Action.START))
    desk.wait(20)
    assert desk.sentence is Sentence.STARTING
    desk.feed(events.Failed(commands.StartService(), error))
    assert (desk.indicator, desk.sentence) == (Indicator.STOPPED, Sentence.TURNED_OFF)


def test_t4_an_unknown_service_is_not_installed(desk):
    """T4: ServiceUnknown."""
    desk.feed(events.ActionChosen(Action.START))
    desk.feed(events.Failed(commands.StartService(), names.SERVICE_UNKNOWN))
    desk.wait(1)
    assert desk.sentence is Sentence.NOT_INSTALLED


def test_t4_a_start_that_the_bus_confirms_but_nobody_sees_ends(desk):
    """A name that appeared and went again is not "starting" for ever."""
    desk.feed(events.ActionChosen(Action.START))
    desk.reply(commands.StartService())
    desk.wait(4)
    assert desk.indicator is Indicator.STARTING
    desk.wait(2)
    assert desk.indicator is Indicator.STOPPED


def test_t5_a_name_before_its_objects_is_asked_again(desk):
    """T5: starting; asked again after 0.5, 1, 2, 4 ... s; after 30 s it does not answer."""
    start = desk.now
    desk.feed(events.OwnerChanged(OWNER))
    for _ in range(7):
        desk.feed(events.Failed(AskStatus(OWNER), names.UNKNOWN_METHOD))
        desk.wait(desk.model.daemon.retry_at - desk.now)
    assert [at - start for at in desk.times_of(AskStatus)] == [
        0,
        0.5,
        1.5,
        3.5,
        7.5,
        15.5,
        31.5,
        63.5,
    ]
    assert (desk.indicator, desk.sentence) == (Indicator.ERROR, Sentence.MUTE)
    assert desk.actions == (Action.RESTART,)


def test_t5_starting_is_shown_before_mute(desk):
    """T5: the picture up to the thirtieth second."""
    desk.feed(events.OwnerChanged(OWNER))
    desk.wait(29.9)
    assert desk.sentence is Sentence.STARTING
    desk.wait(0.2)
    assert desk.sentence is Sentence.MUTE


def test_t5_an_answer_after_all_ends_mute(desk):
    """A daemon that comes to itself is believed."""
    desk.feed(events.OwnerChanged(OWNER))
    desk.wait(40)
    desk.reply(AskStatus(OWNER), ONLINE)
    desk.wait(0.5)
    assert desk.indicator is Indicator.UP_TO_DATE


def test_t6_status_is_asked_one_and_five_seconds_after_own_connect(desk):
    """T6: a change of `connection` alone is not signalled."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.ActionChosen(Action.CONNECT))
    start = desk.now
    desk.wait(20)
    assert [at - start for at in desk.times_of(AskStatus) if at > start] == [1, 5]


@pytest.mark.parametrize("event", [events.NetworkChanged(), events.Resumed()])
def test_t6_status_is_asked_after_each_change_of_the_network(desk, event):
    """T6: NetworkManager's StateChanged; waking up is one too."""
    desk.daemon()
    desk.feed(event)
    start = desk.now
    desk.wait(300)
    assert [at - start for at in desk.times_of(AskStatus) if at > start] == [1, 5]


def test_t6_a_burst_of_network_changes_is_few_questions(desk):
    """A network that comes up says so many times."""
    desk.daemon()
    for _ in range(1000):
        desk.feed(events.NetworkChanged())
        desk.wait(0.001)
    desk.taken()
    desk.wait(10)
    assert len(desk.taken()) <= 12


@pytest.mark.parametrize("name", [StateName.READY, StateName.WAITING])
def test_t6_resting_states_are_asked_every_minute(desk, name):
    """T6: until this owner has signalled a change of `connection` alone."""
    desk.daemon(state(name, NOT_USER))
    start = desk.now - 0.5
    desk.wait(200)
    assert [at - start for at in desk.times_of(AskStatus) if at > start] == [60, 120, 180]


def test_t6_nobody_polls_an_owner_that_signals_connection(desk):
    """T6: ours does (10.7); then nothing is pending at all."""
    desk.daemon(READY_NOT_USER)
    desk.feed(changed(state(StateName.READY, WITH_USER)), changed(READY_NOT_USER))
    desk.wait(1)
    desk.taken()
    desk.wait(86_400)
    assert desk.taken() == []
    assert desk.wake is None


def test_t6_nothing_else_is_polled(desk):
    """The idle budget: an up-to-date indicator waits for nothing."""
    desk.daemon()
    desk.reply(AskTransfers(OWNER), ())
    desk.reply(AskWaiting(OWNER), ())
    desk.wait(1)
    assert desk.wake is None


def test_t7_connection_decides_while_the_name_stays(desk):
    """T7: WAITING keeps its name for up to 120 s after a disconnect."""
    desk.daemon(state(StateName.WAITING, WITH_USER))
    desk.reply(AskStatus(OWNER), state(StateName.WAITING, NOT_USER))
    desk.wait(0.5)
    assert desk.indicator is Indicator.DISCONNECTED


def test_t7_standoff_is_never_up_to_date(desk):
    """T7: STANDOFF still says connected."""
    desk.daemon()
    desk.feed(changed(STANDOFF))
    desk.wait(0.5)
    assert desk.indicator is Indicator.DISCONNECTED


@pytest.mark.parametrize("name", [n for n in StateName if state(n).is_error])
def test_t8_error_states_offer_restart_and_never_connect(desk, name):
    """T8: sticky, and `connection` is frozen: "no network" is not inferred."""
    desk.daemon(state(name, OFFLINE))
    assert Action.RESTART in desk.actions
    assert not {Action.CONNECT, Action.DISCONNECT, Action.RESUME} & set(desk.actions)
    assert desk.indicator in {Indicator.ERROR, Indicator.NEEDS_LOGIN}


def test_t9_an_error_without_connection_is_not_starting(desk):
    """T9: is_error is tested before any name."""
    desk.daemon(replace(state(StateName.LOCAL_RESCAN), is_error=True))
    assert desk.indicator is Indicator.ERROR


def test_t10_working_offline_is_not_syncing(desk):
    """T10: changes queued without a connection."""
    desk.daemon(state(StateName.READY, OFFLINE, WORKING))
    desk.wait(60)
    assert desk.indicator is Indicator.OFFLINE


def test_t10_bookkeeping_is_not_syncing(desk):
    """T10: ListVolumes and GetDelta take less than half a second."""
    desk.daemon()
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(0.4)
    desk.feed(changed(ONLINE))
    desk.wait(5)
    assert desk.indicators[-1] is Indicator.UP_TO_DATE
    assert Indicator.SYNCING not in desk.indicators


def test_t11_over_quota_is_remembered(desk):
    """T11: QuotaExceeded is the only notice; states stay normal."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(FULL)
    assert desk.indicator is Indicator.OVER_QUOTA
    desk.wait(3600)
    assert desk.indicator is Indicator.OVER_QUOTA


def test_t11_a_tray_that_starts_later_finds_out(desk):
    """T11: the quota test runs when the owner is first seen online."""
    desk.feed(events.OwnerChanged(OWNER), changed(ONLINE_WORKING))
    assert AskWaiting(OWNER) in desk.taken()
    waiting = (("Upload", "1", {"share_id": "", "size": "100", "running": ""}),)
    assert desk.reply(AskWaiting(OWNER), waiting) == (AskFreeSpace(OWNER, ""),)
    desk.reply(AskFreeSpace(OWNER, ""), 99)
    assert desk.indicator is Indicator.OVER_QUOTA


def test_t12_flicker_between_resting_states_is_not_seen(desk):
    """T12: READY and WAITING in turn, without end."""
    desk.daemon(state(StateName.READY))
    for _ in range(100):
        desk.feed(changed(state(StateName.WAITING)))
        desk.wait(0.01)
        desk.feed(changed(state(StateName.READY)))
        desk.wait(0.4)
    assert desk.indicators == [Indicator.STOPPED, Indicator.CONNECTING]


def test_t13_equal_dicts_do_nothing(desk):
    """T13: twenty thousand of them leave the very same model."""
    desk.daemon()
    before = desk.model
    for _ in range(20_000):
        desk.feed(changed(ONLINE))
    assert desk.model is before
    assert desk.taken() == []


def test_t13_each_dict_is_the_whole_truth(desk):
    """T13: values between may be skipped."""
    desk.daemon(READY_NOT_USER)
    desk.feed(changed(ONLINE_WORKING))
    desk.wait(0.5)
    assert desk.indicator is Indicator.SYNCING


def test_t15_holes_in_dicts_do_no_harm(desk):
    """T15: 'None', '' and missing keys."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(events.QuotaExceeded({}), events.VolumesChanged(({}, {"type": "None"})))
    desk.feed(events.QueueRemoved("Upload", {}))
    desk.wait(10)
    desk.reply(AskWaiting(OWNER), (("Upload", "1", {"size": "None"}), ("Upload", "2", {})))
    desk.reply(AskStatus(OWNER), None)
    assert desk.view.sentence


@pytest.mark.parametrize("order", ["signal first", "reply first"])
def test_t19_credentials_found_before_or_after_the_reply(desk, order):
    """T19: both happen, and both connect."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.ActionChosen(Action.LOG_IN))
    answers = [events.CredentialsFound(), events.Replied(commands.LogIn())]
    desk.taken()
    desk.feed(*(answers if order == "signal first" else reversed(answers)))
    assert desk.taken() == [commands.Connect(OWNER)]


def test_t18_news_for_others_are_news_but_their_errors_are_not_ours(desk):
    """T18: signals go to everybody, whoever asked."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.CredentialsAvailable(True), events.CredentialsNotFound())
    assert desk.model.creds.value is Creds.NONE
    desk.feed(events.CredentialsError("AuthenticationError", "The password is wrong"))
    assert desk.model.creds.value is Creds.NONE
    desk.feed(events.CredentialsFound())
    desk.wait(0.5)
    assert desk.model.creds.value is Creds.FOUND
    need = commands.Notice.NEEDS_LOGIN
    assert desk.taken() == [commands.Notify(need), commands.Withdraw(need)]


def test_t18_an_error_for_our_own_request_is_told_once(desk):
    """T18: tied to the pending request."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.ActionChosen(Action.LOG_IN))
    desk.taken()
    error = events.CredentialsError(CredentialsErrorType.NETWORK.value, "no route")
    desk.feed(error, error)
    assert desk.taken() == [commands.Notify(commands.Notice.LOGIN_FAILED, "NetworkError")]


@pytest.mark.parametrize("error", [names.SERVICE_UNKNOWN, names.NO_REPLY])
def test_t20_a_failed_call_is_the_answer(desk, error):
    """T20: no signal follows; nothing of ours stays pending."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.ActionChosen(Action.LOG_IN))
    desk.feed(events.Failed(commands.LogIn(), error))
    desk.taken()
    desk.feed(events.CredentialsFound())
    assert desk.taken() == []


def test_t21_unknown_names_are_told_by_flags(desk):
    """T21: an invented name and an invented queue value."""
    desk.daemon(replace(ONLINE, name="TEA_BREAK", queues="NAPPING"))
    desk.wait(1)
    assert desk.indicator is Indicator.SYNCING


def test_t22_three_calls_in_a_row_without_an_answer_are_mute(desk):
    """T22, 8.1: a frozen daemon; asking goes on with growing waits."""
    desk.daemon()
    for command in (AskTransfers(OWNER), AskWaiting(OWNER), AskRecent(OWNER)):
        assert desk.indicator is Indicator.UP_TO_DATE
        desk.feed(events.Failed(command, names.NO_REPLY))
    assert (desk.indicator, desk.sentence) == (Indicator.ERROR, Sentence.MUTE)
    desk.taken()
    desk.wait(0.5)
    assert desk.taken() == [AskStatus(OWNER)]
    desk.reply(AskStatus(OWNER), ONLINE)
    desk.wait(0.5)
    assert desk.indicator is Indicator.UP_TO_DATE


def test_t22_an_error_is_an_answer(desk):
    """Two time-outs, an error, two time-outs: not mute."""
    desk.daemon()
    silent = events.Failed(AskStatus(OWNER), names.NO_REPLY)
    desk.feed(silent, silent, events.Failed(AskRecent(OWNER), names.UNKNOWN_METHOD), silent, silent)
    assert desk.indicator is Indicator.UP_TO_DATE


def test_t23_a_transfer_stays_below_a_hundred_percent(desk):
    """T23: at most 99 % until Finished; progress may exceed the size."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(events.TransferProgress(UP, FILE, 200, 100))
    desk.wait(1)
    assert desk.view.percent == 99


def test_t23_transfers_are_dropped_when_not_online(desk):
    """T23: Started may have no Finished."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(events.TransferStarted(UP, FILE))
    desk.wait(0.5)
    assert desk.view.transfers == (Transfer(UP, FILE),)
    desk.feed(changed(STANDOFF), changed(ONLINE))
    desk.wait(0.5)
    assert desk.view.transfers == ()


def test_t23_transfers_are_compared_every_thirty_seconds(desk):
    """T23: with current_uploads and current_downloads, while any is shown."""
    desk.daemon(ONLINE_WORKING)
    desk.reply(AskTransfers(OWNER), ())
    desk.feed(events.TransferStarted(UP, FILE), events.TransferStarted(UP, "/b"))
    start = desk.now
    desk.wait(30)
    assert desk.taken().count(AskTransfers(OWNER)) == 1
    desk.feed(events.TransferStarted(UP, "/late"))
    desk.reply(AskTransfers(OWNER), (Transfer(UP, "/b", 5, 10),))
    desk.wait(0.5)
    assert {t.path for t in desk.view.transfers} == {"/b", "/late"}
    desk.wait(30)
    desk.reply(AskTransfers(OWNER), ())
    desk.wait(100)
    assert [at - start for at in desk.times_of(AskTransfers) if at > start] == [30, 60]


def test_t23_a_transfer_that_ended_meanwhile_does_not_come_back(desk):
    """The two lists are two calls: between them a transfer may end."""
    desk.daemon()
    desk.feed(events.TransferStarted(UP, FILE), events.TransferFinished(UP, FILE))
    desk.reply(AskTransfers(OWNER), (Transfer(UP, FILE, 1, 2),))
    desk.wait(1)
    assert desk.view.transfers == ()


def test_t24_volumes_make_no_notice(desk):
    """T24: VolumesChanged announces what already existed."""
    desk.daemon(state(StateName.SERVER_RESCAN))
    desk.feed(events.VolumesChanged(({"volume_id": "", "type": "Root", "free_bytes": "0"},)))
    assert desk.taken() == []


def test_t25_free_space_is_asked_only_for_known_ids(desk):
    """T25: `''` and ids seen in VolumesChanged; another's share is not ours to test."""
    desk.daemon(ONLINE_WORKING)
    volumes = ({"volume_id": "udf", "type": "UDF"}, {"volume_id": "share", "type": "Share"})
    desk.feed(events.VolumesChanged(volumes))
    waiting = tuple(
        ("Upload", volume, {"share_id": volume, "size": "9", "running": ""})
        for volume in ("", "udf", "share", "unknown")
    )
    asked = desk.reply(AskWaiting(OWNER), waiting)
    assert asked == (AskFreeSpace(OWNER, ""), AskFreeSpace(OWNER, "udf"))


def test_t25_an_error_of_free_space_is_unknown(desk):
    """T25: before the first rescan it raises; what was known stays."""
    desk.daemon(ONLINE_WORKING)
    waiting = (("Upload", "1", {"share_id": "", "size": "9", "running": ""}),)
    desk.reply(AskWaiting(OWNER), waiting)
    desk.feed(events.Failed(AskFreeSpace(OWNER, ""), "org.freedesktop.DBus.Python.TypeError"))
    assert desk.indicator is not Indicator.OVER_QUOTA


def test_t26_connect_is_never_called_unasked(desk):
    """T26: on the original it may open the log-in window."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.CredentialsFound(), events.KeyringChanged(), events.NetworkChanged())
    desk.wait(3600)
    assert not [c for c in desk.taken() if isinstance(c, commands.Connect | commands.LogIn)]


@pytest.mark.parametrize("name", [StateName.AUTH_FAILED, StateName.ROOT_MISMATCH])
def test_t27_after_a_refusal_credentials_are_cleared_first(desk, name):
    """T27: `login` would answer with the stored ones."""
    desk.feed(events.CredentialsAvailable(True))
    desk.daemon(state(name))
    assert desk.feed(events.ActionChosen(Action.LOG_IN)) == (commands.ClearCredentials(),)
    desk.reply(commands.ClearCredentials())
    desk.taken()
    desk.feed(events.CredentialsCleared())
    assert desk.taken() == [commands.LogIn()]


def test_t28_a_lost_bus_is_stopped_at_once(desk):
    """T28: and nothing is waited for."""
    desk.daemon(ONLINE_WORKING)
    desk.feed(events.TransferStarted(UP, FILE), events.BusLost())
    assert (desk.indicator, desk.sentence) == (Indicator.STOPPED, Sentence.NO_BUS)
    assert (desk.actions, desk.wake) == ((), None)


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (AskTransfers(OWNER), events.TransferStarted(UP, FILE)),
        (AskWaiting(OWNER), events.QueueRemoved("Upload", {"share_id": ""})),
        (AskRecent(OWNER), events.MenuShown()),
    ],
    ids=["transfers", "waiting", "recent"],
)
def test_t29_a_missing_member_is_not_asked_for_again(desk, command, event):
    """T29: UnknownMethod is remembered per owner."""
    desk.daemon()
    desk.feed(events.Failed(command, names.UNKNOWN_METHOD), event)
    desk.wait(600)
    assert command not in desk.taken()
    desk.feed(events.OwnerChanged(OTHER), changed(ONLINE))
    assert replace(command, owner=OTHER) in desk.taken()


def test_t29_recent_files_are_kept_without_sync_menu(desk):
    """T29: our own list, newest first, five at most; the daemon's older ones follow."""
    desk.daemon()
    for number in range(3):
        desk.feed(events.TransferFinished(UP, f"/{number}"))
    desk.feed(events.TransferFinished(UP, "/0"), events.TransferFinished(UP, "/bad", "FAILED"))
    desk.reply(AskRecent(OWNER), ("/oldest", "/old", "/1"))
    desk.wait(1)
    assert desk.view.recent == ("/0", "/2", "/1", "/old", "/oldest")


def test_t32_the_loss_of_the_name_is_the_success_of_quit(desk):
    """T32: the reply comes later, or not at all."""
    desk.daemon()
    desk.feed(events.ActionChosen(Action.STOP), events.OwnerChanged(""))
    desk.feed(events.Failed(commands.Quit(OWNER), names.NO_REPLY))
    assert (desk.indicator, desk.wake) == (Indicator.STOPPED, None)


def test_t33_an_unreachable_server_is_connecting_and_says_so_after_a_minute(desk):
    """T33, row 25: without NetworkManager the daemon assumes a network."""
    desk.daemon(state(StateName.WAITING))
    for _ in range(58):
        desk.feed(changed(state(StateName.READY)))
        desk.wait(0.5)
        desk.feed(changed(state(StateName.WAITING)))
        desk.wait(0.5)
    assert (desk.indicator, desk.sentence) == (Indicator.CONNECTING, Sentence.CONNECTING)
    desk.wait(2)
    assert (desk.indicator, desk.sentence) == (Indicator.CONNECTING, Sentence.UNREACHABLE)
    desk.feed(changed(state(StateName.SERVER_RESCAN)), changed(state(StateName.WAITING)))
    desk.wait(1)
    assert desk.sentence is Sentence.CONNECTING


def test_t34_waiting_is_asked_every_ten_seconds_at_most(desk):
    """T34: it can be huge."""
    desk.daemon()
    desk.reply(AskWaiting(OWNER), ())
    for _ in range(1000):
        desk.feed(events.QueueRemoved("Upload", {"share_id": ""}))
        if AskWaiting(OWNER) in desk.taken():
            desk.reply(AskWaiting(OWNER), ())
        desk.wait(0.1)
    times = desk.times_of(AskWaiting)
    assert 10 <= len(times) <= 11
    assert all(later - earlier >= 10 for earlier, later in pairwise(times))


def test_t6_a_change_of_more_than_connection_proves_nothing(desk):
    """T6: the real daemons signal `connection` along with other changes; polling goes on."""
    desk.daemon(state(StateName.READY, OFFLINE))
    desk.feed(changed(state(StateName.WAITING, WITH_USER)), changed(READY_NOT_USER))
    desk.wait(1)
    desk.taken()
    desk.wait(60)
    assert AskStatus(OWNER) in desk.taken()


def test_t23_a_transfer_told_of_while_not_online_is_not_shown(desk):
    """T23: nothing is transferred there; the lists tell what runs once it is online."""
    desk.daemon(state(StateName.STANDOFF))
    desk.feed(events.TransferStarted(UP, FILE), events.TransferProgress(UP, FILE, 1, 2))
    desk.feed(changed(ONLINE))
    assert AskTransfers(OWNER) in desk.taken()
    desk.wait(1)
    assert (desk.indicator, desk.view.transfers) == (Indicator.UP_TO_DATE, ())


def test_answers_of_an_old_owner_are_void(desk):
    """T3: what was asked of another daemon says nothing about this one."""
    desk.daemon(READY_NOT_USER)
    desk.feed(events.OwnerChanged(OTHER), changed(READY_NOT_USER))
    before = desk.model
    silent = events.Failed(AskStatus(OWNER), names.NO_REPLY)
    desk.feed(events.Replied(AskStatus(OWNER), ONLINE), silent, silent, silent)
    desk.wait(0.6)
    assert desk.indicator is Indicator.DISCONNECTED
    assert desk.model.daemon == before.daemon


def test_a_long_look_at_the_files_does_not_make_the_server_unreachable(desk):
    """Row 25: the minute begins when the daemon begins to try."""
    desk.daemon(state(StateName.LOCAL_RESCAN))
    desk.wait(90)
    desk.feed(changed(state(StateName.READY)))
    desk.wait(1)
    assert desk.sentence is Sentence.CONNECTING
    desk.wait(60)
    assert desk.sentence is Sentence.UNREACHABLE
