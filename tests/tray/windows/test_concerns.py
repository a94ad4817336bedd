"""What needs a person's eye, in the status window and before a deletion; by keyboard and by ear."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QLabel, QListWidget, QMessageBox, QPushButton

from tests.tray.windows.conftest import cut_off, spoken_name
from u1tray.status.values import (
    Action,
    Concerns,
    HeldDeletion,
    Indicator,
    Lost,
    Sentence,
    Trouble,
    View,
)
from u1tray.tray.view.item import DoAction, OpenPath, Window

pytestmark = pytest.mark.core

IDLE = View(Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, (Action.OPEN_FOLDER,))
COPY = "/u/docs/a <b>&x (conflict kiwi 2026-11-22 08.30).txt"
CONCERNS = Concerns(
    held=12,
    conflicts=1,
    waiting_for_room=1,
    spared=3,
    held_deletions=(HeldDeletion("/u/Ubuntu One", Lost.FOLDER, 12, 40),),
    shown="7",
    copies=(COPY,),
    details=(Trouble("/u/film.mkv", "full", True),),
)
SEEN = replace(IDLE, concerns=CONCERNS)


def shown(window, kind):
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


def button(window, text: str) -> QPushButton:
    return next(b for b in shown(window, QPushButton) if b.text() == text)


@pytest.fixture
def window(person, wait_for_qt):
    person.windows.show_view(SEEN)
    person.windows.raise_window(Window.STATUS)
    status = person.windows._status
    wait_for_qt(status.isVisible)
    return status


def files(window) -> QListWidget:
    return next(w for w in shown(window, QListWidget) if w.accessibleName() == "Files to look at")


def test_everything_is_said(window):
    """What is held and where, and each file by its name, never as markup."""
    labels = [label.text() for label in shown(window, QLabel)]
    assert "3 files wait while the network is metered" in labels
    assert "12 deletions are held" in labels
    assert "12 of 40 files in Ubuntu One are gone from this computer" in labels
    assert "1 conflict\n1 file waits for room in the cloud" in labels
    listed = files(window)
    assert [listed.item(row).text() for row in range(listed.count())] == [
        "Conflict: a <b>&x (conflict kiwi 2026-11-22 08.30).txt",
        "Waits for room: film.mkv",
    ]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Sync them all the same", Action.SPARE_NOTHING),
        ("Bring them back", Action.RESTORE_HELD),
        ("Delete them in the cloud too", Action.APPLY_HELD),
    ],
)
def test_answer_is_given_by_keyboard(window, person, text, action):
    """Both answers are buttons that the space bar presses."""
    QTest.keyClick(button(window, text), Qt.Key.Key_Space)
    assert person.chosen == [DoAction(action)]


def test_file_is_found_by_keyboard(window, person):
    """Enter on a file, or the button below, opens its folder."""
    listed = files(window)
    listed.setCurrentRow(0)
    button_of_list = next(
        b for b in shown(window, QPushButton) if b.text() == "Show in folder" and b.isEnabled()
    )
    QTest.keyClick(button_of_list, Qt.Key.Key_Space)
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert person.chosen == [OpenPath("/u/docs"), OpenPath("/u/docs")]


def test_chosen_file_stays_chosen_while_it_is_there(window, person):
    """News does not take the keyboard's place away."""
    listed = files(window)
    listed.setCurrentRow(1)
    person.windows.show_view(replace(SEEN, concerns=replace(CONCERNS, conflicts=0, copies=())))
    assert listed.currentItem().text() == "Waits for room: film.mkv"


def test_every_part_has_a_name_to_be_read_out(window):
    """Screen readers: no nameless button or list."""
    widgets = [*shown(window, QPushButton), *shown(window, QListWidget)]
    assert [w for w in widgets if not spoken_name(w)] == []


def test_nothing_is_cut_off(window, wait_for_qt):
    """Every line has the room it needs."""
    wait_for_qt(lambda: cut_off(window) == [])


def test_what_is_settled_goes_away(window, person):
    """Nothing of it stays behind, and it can come again."""
    person.windows.show_view(IDLE)
    assert [b.text() for b in shown(window, QPushButton)] == ["Open folder"]
    person.windows.show_view(replace(IDLE, concerns=Concerns(troubles=2)))
    assert "2 files cannot be synced" in [label.text() for label in shown(window, QLabel)]
    assert "Bring them back" not in [b.text() for b in shown(window, QPushButton)]


def test_windows_without_concerns_load_nothing(person, wait_for_qt):
    """The budget: who never has any pays nothing."""
    person.windows.show_view(IDLE)
    person.windows.raise_window(Window.STATUS)
    assert person.windows._status._concerns is None


@pytest.fixture
def question(person, wait_for_qt):
    """The box, and what was decided in it."""
    decided = []
    person.windows.show_view(SEEN)
    person.windows.ask_before_deletion(decided.append)
    box = person.windows._question
    wait_for_qt(box.isVisible)
    return box, decided


def test_question_says_what_is_deleted_where(question):
    """Nobody deletes by mistake what is the other side's."""
    box, _decided = question
    assert box.text() == "Delete 12 files in the cloud?"
    assert "12 of 40 files in Ubuntu One are gone from this computer" in box.informativeText()
    assert {label.textFormat() for label in box.findChildren(QLabel) if label.text()} == {
        Qt.TextFormat.PlainText
    }


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_enter_and_esc_delete_nothing(question, key, wait_for_qt):
    """The answer at hand is the one that loses nothing."""
    box, decided = question
    QTest.keyClick(box, key)
    wait_for_qt(lambda: not box.isVisible())
    assert decided == []


def test_yes_deletes(question, wait_for_qt):
    """Only this button does, and what the question named."""
    box, decided = question
    yes = next(b for b in box.buttons() if b.text() == "Delete them in the cloud too")
    assert box.buttonRole(yes) == QMessageBox.ButtonRole.AcceptRole
    QTest.keyClick(yes, Qt.Key.Key_Space)
    wait_for_qt(lambda: not box.isVisible())
    assert decided == ["7"]


@pytest.mark.parametrize("held", [0, 13])
def test_question_goes_when_it_is_about_other_files(question, person, wait_for_qt, held):
    """A yes must never be one to what the person has not read."""
    box, decided = question
    person.windows.show_view(replace(SEEN, concerns=replace(CONCERNS, troubles=7)))
    assert box.isVisible()
    more = tuple(replace(one, of=one.of + 1) for one in CONCERNS.held_deletions)
    person.windows.show_view(replace(SEEN, concerns=replace(CONCERNS, held_deletions=more)))
    assert box.isVisible()
    person.windows.show_view(replace(SEEN, concerns=replace(CONCERNS, held=held)))
    assert not box.isVisible()
    assert decided == []
    assert person.windows._question is None


def test_one_question_takes_the_place_of_the_other(question, person, wait_for_qt):
    """What was clicked last is what is asked."""
    stopped = []
    person.windows.ask_before_stop(lambda: stopped.append("stop"))
    wait_for_qt(person.windows._question.isVisible)
    assert person.windows._question.text().endswith("Stop file sync?")
    person.windows.show_view(IDLE)
    assert person.windows._question.isVisible()
    person.windows.show_view(SEEN)
    person.windows.ask_before_deletion(lambda _shown: None)
    assert person.windows._question.text() == "Delete 12 files in the cloud?"
    assert stopped == []


def test_nothing_is_asked_once_nothing_is_held(person):
    """A click on a menu that was open for long."""
    person.windows.show_view(IDLE)
    person.windows.ask_before_deletion(lambda _shown: None)
    assert person.windows._question is None
