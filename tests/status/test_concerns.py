"""What only our own daemon tells: when it is asked, what is remembered, and what is a bubble."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations

import pytest

from tests.status.desk import OTHER, OWNER, READY_NOT_USER, Desk
from u1tray.status import concern_texts, events, texts
from u1tray.status.commands import (
    ApplyHeld,
    AskConcerns,
    AskTransfers,
    Notice,
    Notify,
    RestoreHeld,
    SpareNothing,
    Withdraw,
)
from u1tray.status.events import (
    ActionChosen,
    ConcernsChanged,
    Failed,
    MenuShown,
    OwnerChanged,
    StatusChanged,
    TransferProgress,
    WindowShown,
)
from u1tray.status.values import (
    NO_CONCERNS,
    Action,
    Concerns,
    Direction,
    HeldDeletion,
    Indicator,
    Lost,
    Sentence,
    Trouble,
)
from u1tray.vocabulary import names

pytestmark = pytest.mark.core

ENGLISH = NullTranslations()
ASK = AskConcerns(OWNER)
HELD = Concerns(
    held=12, lost_in=Lost.FOLDER, held_deletions=(HeldDeletion("/u", Lost.FOLDER, 12, 40),)
)
COPY = "/u/a (conflict kiwi 2026-11-22 08.30).txt"
OTHER_COPY = "/u/b (conflict kiwi 2026-11-22 08.31).txt"


def conflicts(*copies: str) -> Concerns:
    return Concerns(conflicts=len(copies), copies=copies)


def bubbles(commands) -> list[Notify]:
    return [command for command in commands if isinstance(command, Notify)]


def asked(desk: Desk) -> int:
    return len(desk.times_of(AskConcerns))


@pytest.fixture
def desk() -> Desk:
    """An online daemon that was asked and has not answered yet."""
    return Desk().daemon()


@pytest.fixture
def calm(desk) -> Desk:
    """An online daemon of ours that has nothing to tell."""
    desk.reply(ASK, NO_CONCERNS)
    desk.reply(AskTransfers(OWNER), ())
    desk.wait(5)
    desk.taken()
    return desk


def news(desk: Desk, concerns: Concerns):
    """The daemon signals, is asked, and answers."""
    desk.feed(ConcernsChanged())
    desk.wait(1.5)
    return desk.reply(ASK, concerns)


# --- asking ----------------------------------------------------------------------------------


def test_new_owner_is_asked_once(desk):
    """10.7: nobody has to signal for the first question; then there is silence."""
    assert asked(desk) == 1
    desk.reply(ASK, NO_CONCERNS)
    desk.wait(3600)
    assert asked(desk) == 1
    assert desk.wake is None


@pytest.mark.parametrize(
    "error",
    [
        names.UNKNOWN_METHOD,
        names.UNKNOWN_OBJECT,
        names.UNKNOWN_INTERFACE,
        names.UNREADABLE_REPLY,
    ],
)
def test_daemon_that_cannot_tell_is_never_asked_again(desk, error):
    """The original and magicicada: asked once per owner, nothing shown, no wake-up added."""
    desk.feed(Failed(ASK, error))
    for event in (ConcernsChanged(), MenuShown(), WindowShown(True), WindowShown(False)):
        desk.feed(event)
        desk.wait(60)
    desk.feed(StatusChanged(READY_NOT_USER), StatusChanged(Desk().daemon().model.daemon.state))
    desk.wait(60)
    assert asked(desk) == 1
    assert desk.view.concerns == NO_CONCERNS
    assert bubbles(desk.taken()) == []


def test_daemon_that_fails_once_is_asked_again(desk):
    """An error that says nothing about the member may pass."""
    desk.feed(Failed(ASK, "com.example.Nonsense"))
    desk.wait(60)
    assert asked(desk) == 1
    desk.feed(ConcernsChanged())
    desk.wait(60)
    assert asked(desk) == 2


def test_next_owner_is_asked_anew(desk):
    """T29: what one daemon lacks the next one may have."""
    desk.feed(Failed(ASK, names.UNKNOWN_METHOD))
    desk.feed(OwnerChanged(""), OwnerChanged(OTHER))
    desk.feed(StatusChanged(desk.model.daemon.state or Desk().daemon().model.daemon.state))
    assert desk.taken()[-1:] != []
    assert AskConcerns(OTHER) in [command for _, command in desk.history]


def test_slow_daemon_is_asked_again_when_somebody_looks(desk):
    """T22: no answer in time is no news; nothing polls for it."""
    desk.feed(Failed(ASK, names.NO_REPLY))
    desk.wait(600)
    assert asked(desk) == 1
    desk.feed(MenuShown())
    assert asked(desk) == 2
    desk.reply(ASK, HELD)
    desk.feed(MenuShown())
    assert asked(desk) == 2


def test_storm_of_signals_is_a_question_a_second(calm):
    """A daemon gone mad cannot make the indicator ask all day."""
    for _ in range(100):
        calm.feed(ConcernsChanged())
        for command in calm.taken():
            calm.reply(command, NO_CONCERNS)
        calm.wait(0.1)
    assert asked(calm) <= 12


def test_signal_while_a_question_runs_is_not_lost(calm):
    """What changed after the daemon looked is asked for again."""
    calm.feed(ConcernsChanged())
    before = asked(calm)
    calm.feed(ConcernsChanged())
    assert asked(calm) == before
    calm.reply(ASK, NO_CONCERNS)
    calm.wait(1.5)
    assert asked(calm) == before + 1


def test_going_online_is_a_reason_to_ask(desk):
    """The folders of a daemon that only starts may not be there yet."""
    desk = Desk().daemon(READY_NOT_USER)
    desk.reply(ASK, NO_CONCERNS)
    before = asked(desk)
    desk.daemon()
    desk.wait(5)
    assert asked(desk) == before + 1


def test_details_are_asked_for_only_while_somebody_looks(calm):
    """T34 in its spirit: the list may be long."""
    calm.feed(WindowShown(True))
    assert calm.taken() == [AskConcerns(OWNER, with_troubles=True)]
    found = Concerns(troubles=1, details=(Trouble("/u/a", "no"),))
    calm.reply(AskConcerns(OWNER, with_troubles=True), found)
    calm.wait(1)
    assert calm.view.concerns.details == found.details
    calm.feed(ConcernsChanged())
    calm.wait(8)
    assert asked(calm) == 2
    calm.wait(2)
    assert asked(calm) == 3
    calm.reply(AskConcerns(OWNER, with_troubles=True), found)
    calm.feed(WindowShown(False))
    calm.wait(1)
    assert calm.view.concerns == replace(found, details=())


def test_answer_of_an_old_owner_is_void(calm):
    """T3: it is about other files."""
    news(calm, HELD)
    calm.feed(OwnerChanged(""), OwnerChanged(OTHER))
    calm.reply(ASK, conflicts(COPY))
    assert calm.model.watch.told is None


@pytest.mark.parametrize("rubbish", [None, 7, "text", {"held": "7"}])
def test_answer_of_another_type_tells_nothing(desk, rubbish):
    """Only the rim reads the wire; what it did not read is no news."""
    desk.reply(ASK, rubbish)
    assert desk.view.concerns == NO_CONCERNS


# --- what is shown ---------------------------------------------------------------------------


@pytest.mark.parametrize("concerns", [HELD, conflicts(COPY), Concerns(troubles=3)], ids=str)
def test_row_of_the_table_stays_what_it_is(calm, concerns):
    """8.3: indicator and sentence are the row's; what is new stands beside them."""
    news(calm, concerns)
    calm.wait(1)
    assert (calm.indicator, calm.sentence) == (Indicator.UP_TO_DATE, Sentence.UP_TO_DATE)
    assert calm.view.concerns == concerns
    assert calm.actions == (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT)


def test_dead_daemon_holds_nothing(calm):
    """T3: for 3 s the old picture, then nothing of it."""
    news(calm, HELD)
    calm.wait(1)
    calm.feed(OwnerChanged(""))
    assert calm.view.concerns == HELD
    calm.wait(3.5)
    assert (calm.indicator, calm.view.concerns) == (Indicator.STOPPED, NO_CONCERNS)


def test_file_that_waits_for_room_runs_no_more(calm):
    """10.4: what will be tried again has no Finished; the daemon's list says so at once."""
    calm.feed(TransferProgress(Direction.UPLOAD, "/u/film.mkv", 1, 9))
    calm.taken()
    news(calm, Concerns(waiting_for_room=1))
    assert AskTransfers(OWNER) in calm.taken()


# --- deciding --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "command"),
    [
        (Action.APPLY_HELD, ApplyHeld(OWNER)),
        (Action.RESTORE_HELD, RestoreHeld(OWNER)),
        (Action.SPARE_NOTHING, SpareNothing(OWNER)),
    ],
)
def test_decision_is_told_and_its_outcome_asked_for_at_once(calm, action, command):
    """No second of doubt after a click, also where the daemon forgets to signal."""
    news(calm, HELD)
    calm.taken()
    assert calm.feed(ActionChosen(action)) == (command,)
    assert ASK in calm.reply(command)
    calm.reply(ASK, NO_CONCERNS)
    calm.wait(1)
    assert calm.view.concerns == NO_CONCERNS


def test_yes_is_one_to_what_was_read(calm):
    """The daemon is told what the question was about, whatever is held by now."""
    news(calm, replace(HELD, shown="7"))
    calm.taken()
    chosen = ActionChosen(Action.APPLY_HELD, shown="7")
    assert calm.feed(chosen) == (ApplyHeld(OWNER, "7"),)


def test_what_came_after_a_yes_is_told_though_the_last_bubble_was_just_there(calm):
    """It stays held, and the person is told so."""
    news(calm, HELD)
    calm.feed(ActionChosen(Action.APPLY_HELD))
    calm.taken()
    told = bubbles(calm.reply(ApplyHeld(OWNER), 30))
    assert told == [Notify(Notice.HELD_DELETIONS, count=30, lost_in=Lost.FOLDER, is_more=True)]
    summary, _body = texts.notice(told[0], ENGLISH)
    assert summary == "30 more deletions came meanwhile, and are held"


def test_nothing_is_told_of_a_yes_to_all(calm):
    """The person knows."""
    news(calm, HELD)
    calm.feed(ActionChosen(Action.APPLY_HELD))
    calm.taken()
    assert bubbles(calm.reply(ApplyHeld(OWNER), 0)) == []


def test_decision_that_failed_leaves_what_is_held(calm):
    """The truth is asked for, and shown again."""
    news(calm, HELD)
    calm.feed(ActionChosen(Action.RESTORE_HELD))
    calm.taken()
    assert calm.feed(Failed(RestoreHeld(OWNER), names.NO_REPLY)) == (ASK,)
    calm.reply(ASK, HELD)
    assert calm.view.concerns == HELD


@pytest.mark.parametrize("action", [Action.APPLY_HELD, Action.RESTORE_HELD, Action.SPARE_NOTHING])
def test_decision_without_a_daemon_does_nothing(action):
    """A click may come late."""
    assert Desk().feed(ActionChosen(action)) == ()


# --- bubbles ---------------------------------------------------------------------------------


def test_held_deletions_are_told_once(calm):
    """Once an episode, whatever the number does meanwhile."""
    assert bubbles(news(calm, HELD)) == [
        Notify(Notice.HELD_DELETIONS, count=12, lost_in=Lost.FOLDER)
    ]
    assert bubbles(news(calm, replace(HELD, held=30))) == []
    calm.wait(3600)
    assert bubbles(news(calm, HELD)) == []


def test_decided_deletions_take_their_bubble_away(calm):
    """A bubble whose reason is gone is closed."""
    news(calm, HELD)
    assert Withdraw(Notice.HELD_DELETIONS) in news(calm, NO_CONCERNS)


def test_daemon_that_goes_and_comes_ends_no_episode(calm):
    """A restart is no news: the same files are held."""
    news(calm, HELD)
    calm.feed(OwnerChanged(""), OwnerChanged(OTHER))
    calm.feed(StatusChanged(Desk().daemon().model.daemon.state))
    calm.wait(600)
    calm.taken()
    assert bubbles(calm.reply(AskConcerns(OTHER), HELD)) == []


def test_next_episode_waits_for_five_minutes(calm):
    """Never more than one of a kind in 5 minutes, and none is lost."""
    news(calm, HELD)
    news(calm, NO_CONCERNS)
    calm.taken()
    assert bubbles(news(calm, HELD)) == []
    assert [n.notice for n in bubbles(calm.wait(300))] == [Notice.HELD_DELETIONS]


def test_old_conflicts_are_no_news(desk):
    """Copies that were there before the indicator looked are in the menu, without a bubble."""
    assert bubbles(desk.reply(ASK, conflicts(COPY))) == []


def test_new_conflict_is_told_by_name(calm):
    """The copy's name says which device and when."""
    told = bubbles(news(calm, conflicts(COPY)))
    assert told == [Notify(Notice.CONFLICT, COPY.rpartition("/")[2], count=1)]
    summary, body = texts.notice(told[0], ENGLISH)
    assert (summary, body) == ("A conflict: both versions are kept", COPY.rpartition("/")[2])


def test_conflicts_within_five_minutes_are_told_together(calm):
    """One of a kind in 5 minutes; the next one tells of all since."""
    news(calm, conflicts(COPY))
    assert bubbles(news(calm, conflicts(COPY, OTHER_COPY))) == []
    third = "/u/c (conflict kiwi 2026-11-22 08.32).txt"
    assert bubbles(news(calm, conflicts(COPY, OTHER_COPY, third))) == []
    told = bubbles(calm.wait(300))
    assert [(n.notice, n.count) for n in told] == [(Notice.CONFLICT, 2)]


def test_conflict_that_was_solved_meanwhile_is_not_told(calm):
    """Nothing is told that is not there any more."""
    news(calm, conflicts(COPY))
    news(calm, conflicts(COPY, OTHER_COPY))
    news(calm, conflicts(COPY))
    assert bubbles(calm.wait(600)) == []
    assert calm.wake is None
    assert bubbles(news(calm, conflicts(COPY))) == []


def test_solved_conflicts_take_the_bubble_away(calm):
    """A bubble whose reason is gone is closed."""
    news(calm, conflicts(COPY))
    assert Withdraw(Notice.CONFLICT) in news(calm, NO_CONCERNS)


def test_folders_that_were_not_open_yet_make_no_news(desk):
    """A daemon that starts knows no conflicts until it has opened its folders."""
    desk = Desk().daemon(READY_NOT_USER)
    desk.reply(ASK, NO_CONCERNS)
    desk.daemon()
    assert bubbles(desk.reply(ASK, conflicts(COPY, OTHER_COPY))) == []


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "apply", "where"),
    [
        (Lost.FOLDER, "Delete them in the cloud too", "gone from this computer"),
        (Lost.CLOUD, "Delete them on this computer too", "gone from the cloud"),
        (Lost.BOTH, "Delete them on both sides", "gone from this computer"),
    ],
)
def test_words_say_where_files_are_gone(lost, apply, where):
    """What is about to be deleted, and where, is never left to guess."""
    concerns = replace(HELD, lost_in=lost, held_deletions=(HeldDeletion("/u/One/", lost, 1, 9),))
    assert concern_texts.decision(Action.APPLY_HELD, lost, ENGLISH) == apply
    assert concern_texts.decision(Action.RESTORE_HELD, lost, ENGLISH) == "Bring them back"
    line = concern_texts.held_deletion(concerns.held_deletions[0], ENGLISH)
    assert line == f"1 of 9 files in One is {where}"
    assert "12 files" in concern_texts.question(concerns, ENGLISH)[0]


@pytest.mark.parametrize("lost", Lost)
@pytest.mark.parametrize("count", [0, 1, 2, 10**9])
def test_every_bubble_has_words(lost, count):
    """Total: also for the numbers nobody expects."""
    for notice in (Notice.HELD_DELETIONS, Notice.CONFLICT):
        summary, body = texts.notice(Notify(notice, "a\n<b>", count, lost), ENGLISH)
        assert summary
        assert "\n" not in body + summary


def test_reason_of_another_program_stays_on_one_line():
    """A daemon's own words are foreign text."""
    line = concern_texts.detail(Trouble("/u/a\u202e.txt", "one\ntwo\t" + "x" * 500), ENGLISH)
    assert "\n" not in line
    assert "\u202e" not in line
    assert len(line) < 300


def test_all_kinds_of_events_are_handled():
    """The signal is an event of the closed list."""
    assert ConcernsChanged in events.Event.__args__
