"""About, and the question before a stop."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QLabel, QPushButton

from tests.tray.windows.conftest import cut_off
from u1tray import __version__
from u1tray.tray.view.item import Window

pytestmark = pytest.mark.core


def test_about_says_version_and_licence(person):
    """Which version, under which licence."""
    person.windows.raise_window(Window.ABOUT)
    window = person.windows._dialogs[Window.ABOUT]
    text = " ".join(label.text() for label in window.findChildren(QLabel))
    assert __version__ in text
    assert "GPL" in text


def test_about_is_not_cut_off(person, wait_for_qt):
    """Every line has the room it needs."""
    person.windows.raise_window(Window.ABOUT)
    wait_for_qt(lambda: cut_off(person.windows._dialogs[Window.ABOUT]) == [])


def test_about_links_are_told_not_followed(person):
    """The surface opens them, without waiting; the cloud's link is there when there is a cloud."""
    person.choose_cloud("https://cloud.example.com")
    person.windows.raise_window(Window.ABOUT)
    window = person.windows._dialogs[Window.ABOUT]
    links = next(label for label in window.findChildren(QLabel) if "href" in label.text())
    assert "https://cloud.example.com" in links.text()
    links.linkActivated.emit("https://cloud.example.com")
    assert person.links == ["https://cloud.example.com"]


def test_about_is_closed_by_esc_and_made_anew(person):
    """Nothing of it is kept."""
    person.windows.raise_window(Window.ABOUT)
    QTest.keyClick(person.windows._dialogs[Window.ABOUT], Qt.Key.Key_Escape)
    assert Window.ABOUT not in person.windows._dialogs


@pytest.mark.parametrize(("answer", "stopped"), [("Stop", 1), ("Go on syncing", 0)])
def test_question_before_a_stop_does_what_was_answered(person, answer, stopped):
    """8.4: Stop asks first when transfers run; asking does not block."""
    stops = []
    person.windows.ask_before_stop(lambda: stops.append(True))
    box = person.windows._question
    assert box.isVisible()
    next(b for b in box.findChildren(QPushButton) if b.text() == answer).click()
    assert len(stops) == stopped
    assert person.windows._question is None


def test_esc_does_not_stop(person):
    """The safe answer is the one that comes by itself."""
    stops = []
    person.windows.ask_before_stop(lambda: stops.append(True))
    QTest.keyClick(person.windows._question, Qt.Key.Key_Escape)
    assert stops == []


def test_asked_twice_there_is_one_question(person):
    """Clicking Stop again raises the question that is there."""
    person.windows.ask_before_stop(lambda: None)
    first = person.windows._question
    person.windows.ask_before_stop(lambda: None)
    assert person.windows._question is first
