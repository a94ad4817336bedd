"""Preferences: what is set by keyboard is in the files, and bad input is answered in words."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from tests.tray.windows.conftest import Person, cut_off, spoken_name
from u1tray.tray.desktop import autostart
from u1tray.tray.settings import IconStyle, Settings, SettingsStore
from u1tray.tray.view.item import Window

pytestmark = pytest.mark.core


def opened(person: Person):
    person.windows.raise_window(Window.PREFERENCES)
    return person.windows._dialogs[Window.PREFERENCES]


def press(window, text: str) -> None:
    button = next(b for b in window.findChildren(QPushButton) if b.text() == text)
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_everything_set_by_keyboard_is_kept(person):
    """Cloud URL, icon style, notifications, start with the session, start file sync."""
    window = opened(person)
    url, style = window.findChild(QLineEdit), window.findChild(QComboBox)
    QTest.keyClicks(url, "cloud.example.com/")
    QTest.keyClick(style, Qt.Key.Key_End)
    for box in window.findChildren(QCheckBox):
        QTest.keyClick(box, Qt.Key.Key_Space)
    QTest.keyClick(url, Qt.Key.Key_Return)
    assert Window.PREFERENCES not in person.windows._dialogs
    again = SettingsStore()
    assert again.load() == Settings(
        icon_style=IconStyle.DARK,
        notify_needs_login=False,
        notify_storage_full=False,
        notify_sync_error=False,
        notify_file_not_synced=False,
        notify_held_deletions=False,
        notify_conflict=False,
        start_with_session=True,
        start_file_sync=True,
    )
    assert autostart.is_enabled()
    assert person.cloud_url() == "https://cloud.example.com"
    assert opened(person).findChild(QLineEdit).text() == "https://cloud.example.com"


@pytest.mark.parametrize(
    "leave", [lambda w: press(w, "Cancel"), lambda w: QTest.keyClick(w, Qt.Key.Key_Escape)]
)
def test_cancel_changes_nothing(person, leave):
    """Cancel and Esc leave everything as it was."""
    window = opened(person)
    QTest.keyClicks(window.findChild(QLineEdit), "cloud.example.com")
    window.findChildren(QCheckBox)[0].click()
    leave(window)
    assert (person.store.settings, person.cloud_url()) == (Settings(), "")
    assert not (SettingsStore()._path).exists()


def test_bad_address_is_answered_and_nothing_is_saved(person):
    """The dialog stays, says what is wrong, and puts the cursor there."""
    window = opened(person)
    QTest.keyClicks(window.findChild(QLineEdit), "ftp://cloud.example.com")
    press(window, "OK")
    assert window.isVisible()
    assert "https://" in window._complaint.text()
    assert person.cloud_url() == ""


def test_address_without_encryption_is_warned_of(person):
    """REST contract, 13.3: a password travels only over https, or within this computer."""
    window = opened(person)
    url = window.findChild(QLineEdit)
    QTest.keyClicks(url, "http://cloud.example.com")
    assert "https" in window._complaint.text()
    url.clear()
    QTest.keyClicks(url, "http://localhost:8080")
    assert window._complaint.text() == ""


def test_address_of_the_environment_cannot_be_edited(person, monkeypatch):
    """U1_API_URL wins over the file: editing the file would do nothing."""
    monkeypatch.setenv("U1_API_URL", "https://env.example.com")
    window = opened(person)
    assert window.findChild(QLineEdit).isReadOnly()
    assert "U1_API_URL" in window._complaint.text()
    press(window, "OK")
    assert Window.PREFERENCES not in person.windows._dialogs


def test_what_cannot_be_saved_is_said(person, home):
    """A disk error is one sentence in the dialog, which stays open."""
    (home / ".config").mkdir(exist_ok=True)
    (home / ".config/u1tray").write_text("a file in the place of the directory")
    window = opened(person)
    window.findChildren(QCheckBox)[0].click()
    press(window, "OK")
    assert window.isVisible()
    assert "could not be saved" in window._complaint.text()


def test_autostart_file_of_somebody_else_is_said(person, home):
    """It is not overwritten, and the person learns why."""
    directory = home / ".config/autostart"
    directory.mkdir(parents=True)
    (directory / "u1tray.desktop").write_text("[Desktop Entry]\nExec=other\nHidden=true\n")
    window = opened(person)
    box = next(b for b in window.findChildren(QCheckBox) if "desktop" in b.text())
    box.click()
    press(window, "OK")
    assert window.isVisible()
    assert "was not written by u1tray" in window._complaint.text()


def test_everything_that_takes_the_keyboard_has_a_name(person):
    """A screen reader says what each widget is; nothing is named with a mnemonic's mark."""
    window = opened(person)
    widgets = [
        w
        for w in window.findChildren(QWidget)
        if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(widgets) >= 10
    for widget in widgets:
        name = spoken_name(widget)
        assert name
        assert "&" not in name


def test_tab_leads_through_all_of_it(person, wait_for_qt):
    """By keyboard alone every field is reached, and round again to the first."""
    window = opened(person)
    wait_for_qt(window.isActiveWindow)
    window.findChild(QLineEdit).setFocus()
    met = []
    while window.focusWidget() not in met:
        met.append(window.focusWidget())
        QTest.keyClick(met[-1], Qt.Key.Key_Tab)
    assert len(met) == 1 + 1 + len(window.findChildren(QCheckBox)) + 2


def test_nothing_is_cut_off_also_with_a_complaint(person, wait_for_qt):
    """A long explanation makes the dialog higher, not its other parts smaller."""
    window = opened(person)
    wait_for_qt(lambda: cut_off(window) == [])
    window.complain("This is a long explanation of what is wrong with it. " * 5)
    wait_for_qt(lambda: cut_off(window) == [])


def test_second_opening_raises_the_first(person):
    """Never two of them with different contents."""
    assert opened(person) is opened(person)
