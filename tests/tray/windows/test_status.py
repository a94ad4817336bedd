"""The status window: the menu's facts, larger; usable by keyboard and by ear."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton, QToolButton, QWidget

from tests.tray.windows.conftest import Person, cut_off, spoken_name
from u1tray.status.values import (
    Action,
    Direction,
    Indicator,
    Sentence,
    Storage,
    Transfer,
    View,
)
from u1tray.tray.view.item import DoAction, OpenPath, Window
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

SYNCING = View(
    Indicator.SYNCING,
    Sentence.SYNCING_FILES,
    (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT),
    count=2,
    description="processing the commands pool",
    transfers=(
        Transfer(Direction.UPLOAD, "/u/a & b.txt", 30, 100),
        Transfer(Direction.DOWNLOAD, "/u/c.txt", 30, None),
    ),
    recent=("/u/d.txt", "/u/x/e.txt"),
    storage=Storage(Quota(5 * 10**9, 12 * 10**8), 100.0, None),
)
IDLE = View(Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, (Action.OPEN_FOLDER,))


@pytest.fixture
def window(person, wait_for_qt):
    person.windows.show_view(SYNCING)
    person.windows.raise_window(Window.STATUS)
    status = person.windows._status
    wait_for_qt(status.isVisible)
    return status


def visible(window: QWidget, kind: type) -> list[QWidget]:
    return [widget for widget in window.findChildren(kind) if widget.isVisible()]


def button(window: QWidget, text: str) -> QPushButton:
    return next(b for b in visible(window, QPushButton) if b.text() == text)


def test_window_says_what_the_menu_says(window):
    """The same facts, larger, with the transfers as progress bars."""
    labels = [label.text() for label in visible(window, QLabel)]
    assert {"Syncing 2 files", "1.2 GB of 5.0 GB used, 24 %", "Recent files"} <= set(labels)
    assert [bar.value() for bar in visible(window, QProgressBar)] == [24, 30, 0]
    assert [bar.text() for bar in visible(window, QProgressBar)][1:] == ["30 %", "size unknown"]
    files = window.findChild(QListWidget)
    assert [files.item(row).text() for row in range(files.count())] == ["d.txt", "e.txt"]


def test_icon_is_the_indicators(window, person):
    """The picture is that of the panel, and it changes with it."""
    before = window._icon.pixmap().toImage()
    person.windows.show_view(IDLE)
    assert window._icon.pixmap().toImage() != before


def test_next_view_replaces_all_of_the_last(window, person):
    """Nothing of the old picture stays behind."""
    person.windows.show_view(IDLE)
    assert [b.text() for b in visible(window, QPushButton)] == ["Open folder"]
    assert visible(window, QProgressBar) == []
    assert visible(window, QListWidget) == []
    assert visible(window, QToolButton) == []


def test_opened_and_closed_window_is_told(window, person):
    """T34: `waiting` is asked only for an open window."""
    assert person.shown == [True]
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert person.shown == [True, False]
    assert not window.isVisible()


def test_view_that_came_while_closed_is_there_when_it_opens_again(window, person):
    """Reopened, it shows the newest facts."""
    window.close()
    person.windows.show_view(IDLE)
    person.windows.raise_window(Window.STATUS)
    assert window._sentence.text() == "File sync is up to date"
    assert person.shown == [True, False, True]


def test_buttons_tell_the_action(window, person):
    """8.3: the actions of the row as buttons; a pause has its lengths."""
    button(window, "Disconnect").click()
    button(window, "Pause").menu().actions()[0].trigger()
    assert person.chosen == [DoAction(Action.DISCONNECT), DoAction(Action.PAUSE, 1800.0)]


def test_file_is_opened_by_keyboard(window, person):
    """Enter opens the chosen file; the button beside it its folder."""
    files = window.findChild(QListWidget)
    files.setFocus()
    files.setCurrentRow(0)
    QTest.keyClick(files, Qt.Key.Key_Down)
    QTest.keyClick(files, Qt.Key.Key_Return)
    QTest.mouseClick(button(window, "Show in folder"), Qt.MouseButton.LeftButton)
    assert person.chosen == [OpenPath("/u/x/e.txt"), OpenPath("/u/x")]


def test_chosen_file_stays_chosen_when_another_comes(window, person):
    """The list does not jump under a person's hand."""
    files = window.findChild(QListWidget)
    files.setCurrentRow(1)
    person.windows.show_view(replace(SYNCING, recent=("/u/new.txt", *SYNCING.recent)))
    assert files.currentItem().text() == "e.txt"


def test_details_are_folded_until_asked_for(window):
    """The daemon's own words are there for those who want them."""
    fold = window.findChild(QToolButton)
    assert not window._description.isVisible()
    QTest.keyClick(fold, Qt.Key.Key_Space)
    assert window._description.isVisible()
    assert window._description.text() == "processing the commands pool"


def test_everything_that_takes_the_keyboard_has_a_name(window):
    """A screen reader says what each widget is; bars say which file."""
    focusable = [
        widget
        for widget in visible(window, QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(focusable) >= 6
    for widget in (*focusable, *visible(window, QProgressBar)):
        assert spoken_name(widget), widget
    assert "Uploading a & b.txt (30 %)" in {
        bar.accessibleName() for bar in visible(window, QProgressBar)
    }


def test_window_comes_back_where_it_was(window, person):
    """Its place is kept under `$XDG_STATE_HOME`."""
    window.resize(640, 700)
    window.close()
    other = Person()
    other.windows.show_view(SYNCING)
    other.windows.raise_window(Window.STATUS)
    assert other.windows._status.size().width() == 640
    other.windows.close()


def test_nothing_is_cut_off(window, person):
    """Laid out at its least size, every visible widget has the room it asks for."""
    window.resize(window.minimumSizeHint())
    assert cut_off(window) == []
    others = visible(window, QPushButton)
    boxes = [b.rect().translated(b.mapTo(window, b.rect().topLeft())) for b in others]
    files = window.findChild(QListWidget)
    boxes.append(files.rect().translated(files.mapTo(window, files.rect().topLeft())))
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])


def test_long_sentence_and_long_details_are_not_cut_off(window, person, wait_for_qt):
    """Several lines of words make the window higher, not its other parts smaller."""
    window.findChild(QToolButton).click()
    long = replace(
        SYNCING, sentence=Sentence.REPORTS, description="the daemon's own words go on and on " * 6
    )
    person.windows.show_view(long)
    wait_for_qt(lambda: cut_off(window) == [])


def test_window_id_is_known_only_while_it_is_open(window, person):
    """8.4: a log-in window gets its parent where there is one."""
    assert person.windows.status_window_id() != 0
    window.close()
    assert person.windows.status_window_id() == 0
