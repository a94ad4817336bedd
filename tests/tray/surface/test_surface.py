"""The surface: what is shown and chosen through it reaches the right place."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations

import pytest
from PyQt5.QtWidgets import QPushButton

from tests.tray.surface.test_menu import Panel
from u1tray.status.events import ActionChosen, MenuShown, WindowShown
from u1tray.status.values import (
    Action,
    Direction,
    Indicator,
    Sentence,
    Storage,
    Transfer,
    View,
)
from u1tray.tray.host import Host
from u1tray.tray.settings import IconStyle, SettingsStore
from u1tray.tray.surface.surface import Surface
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

IDLE = View(
    Indicator.UP_TO_DATE,
    Sentence.UP_TO_DATE,
    (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT),
)
SYNCING = View(
    Indicator.SYNCING,
    Sentence.SYNCING_CHANGES,
    (Action.STOP,),
    transfers=(Transfer(Direction.UPLOAD, "/u/a.txt", 0, 1000),),
)


class Tray:
    """A surface with a clock, and everything it told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.asked: list[str] = []
        self.now = 100.0
        self.store = SettingsStore()
        host = Host(
            quit=lambda: self.asked.append("quit"),
            open_cloud_page=lambda: self.asked.append("page"),
            cloud_url=lambda: "https://cloud.example.com",
            choose_cloud=self.asked.append,
            now=lambda: self.now,
        )
        self.surface = Surface(self.store, self.told.append, NullTranslations(), host, None)

    @property
    def menu(self):
        return self.surface._menu.widget

    def texts(self) -> list[str]:
        return [action.text() for action in self.menu.actions() if not action.isSeparator()]

    def click(self, text: str) -> None:
        next(action for action in self.menu.actions() if action.text() == text).trigger()


@pytest.fixture
def tray(application, installed_icons):
    made = Tray()
    yield made
    made.surface.close()


def test_view_is_in_icon_tooltip_and_menu(tray):
    """8.3: tooltip and first menu line are the sentence."""
    tray.surface.show(IDLE)
    assert tray.texts()[0] == "File sync is up to date"
    assert tray.surface._icon._item.toolTip() == "File sync is up to date"
    assert not tray.surface._icon._item.icon().isNull()


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Disconnect", ActionChosen(Action.DISCONNECT)),
        ("Open folder", ActionChosen(Action.OPEN_FOLDER)),
    ],
)
def test_clicked_action_is_told(tray, text, event):
    """8.4: what was chosen goes to the deciding part, unchanged."""
    tray.surface.show(IDLE)
    tray.click(text)
    assert tray.told == [event]


def test_pause_is_told_with_its_end(tray):
    """Row 20: a pause for a while has an end for the sentence, one for now has none."""
    tray.surface.show(IDLE)
    pause = next(a for a in tray.menu.actions() if a.text() == "Pause").menu().actions()
    pause[0].trigger()
    pause[-1].trigger()
    first, last = tray.told
    assert (first.action, first.seconds, len(first.until)) == (Action.PAUSE, 1800.0, 5)
    assert last == ActionChosen(Action.PAUSE)


def test_quit_and_web_page_are_asked_of_the_program(tray):
    """Quit ends the indicator, not file sync."""
    tray.surface.show(IDLE)
    tray.click("Open the cloud's web page")
    tray.click("Quit indicator")
    assert (tray.asked, tray.told) == (["page", "quit"], [])


def test_stop_while_files_are_synced_asks_first(tray):
    """8.4: Stop asks first when transfers run."""
    tray.surface.show(SYNCING)
    tray.click("Stop")
    assert tray.told == []
    box = tray.surface._windows._question
    next(b for b in box.findChildren(QPushButton) if b.text() == "Stop").click()
    assert tray.told == [ActionChosen(Action.STOP)]


def test_stop_while_nothing_runs_stops(tray):
    """8.4: no question without transfers."""
    tray.surface.show(replace(SYNCING, transfers=()))
    tray.click("Stop")
    assert tray.told == [ActionChosen(Action.STOP)]


def test_menu_about_to_show_is_told_and_its_age_is_new(tray):
    """The quota is asked for when the menu is shown; its age is that of this moment."""
    quota = Storage(Quota(5 * 10**9, 10**9), 100.0, None)
    tray.surface.show(replace(IDLE, storage=quota))
    assert tray.texts()[1] == "1.0 GB of 5.0 GB used, 20 %"
    tray.now = 100.0 + 3600
    tray.menu.aboutToShow.emit()
    assert tray.texts()[1] == "1.0 GB of 5.0 GB used, 20 %, 1 hour ago"
    assert tray.told == [MenuShown()]


def test_status_window_is_raised_and_told(tray):
    """A second start, a left click and "Show status" all open it; T34."""
    tray.surface.show(IDLE)
    tray.click("Show status")
    tray.surface.raise_status_window()
    assert tray.told == [WindowShown(True)]
    assert tray.surface.status_window_id() != 0


def test_running_numbers_reach_the_panel_once_a_second(tray, wait_for_qt):
    """A storm of progress costs a handful of signals, and the last number is the one shown."""
    tray.surface.show(SYNCING)
    panel = Panel(tray.menu)
    for written in range(1, 1000):
        transfer = Transfer(Direction.UPLOAD, "/u/a.txt", written, 1000)
        tray.surface.show(replace(SYNCING, transfers=(transfer,)))
    assert panel.told == 0
    wait_for_qt(lambda: "Uploading a.txt (99 %)" in tray.texts())
    assert panel.told <= 2


def test_burst_of_small_files_costs_few_signals(tray, wait_for_qt):
    """The list of recent files changes in place, once a second, and ends with the last ones."""
    tray.surface.show(replace(IDLE, recent=tuple(f"/u/{n}.txt" for n in range(5))))
    recent = next(a for a in tray.menu.actions() if a.text() == "Recent files").menu()
    panels = [Panel(tray.menu), Panel(recent)]
    for first in range(1000):
        files = tuple(f"/u/{n}.txt" for n in range(first, first + 5))
        tray.surface.show(replace(IDLE, recent=files))
    wait_for_qt(lambda: recent.actions()[0].text() == "999.txt")
    assert sum(panel.told for panel in panels) <= 5


def test_new_state_is_shown_at_once(tray):
    """Only numbers wait: the sentence is right as soon as it is decided."""
    tray.surface.show(SYNCING)
    tray.surface.show(IDLE)
    assert tray.texts()[0] == "File sync is up to date"


def test_icon_style_follows_preferences(tray):
    """A style chosen in Preferences is seen at once."""
    tray.surface.show(IDLE)
    before = tray.surface._icon._item.icon().pixmap(22, 22).toImage()
    tray.store.save(replace(tray.store.settings, icon_style=IconStyle.LIGHT))
    assert tray.surface._icon._item.icon().pixmap(22, 22).toImage() != before


def test_closed_surface_leaves_nothing_on_the_screen(tray):
    """Quit takes icon and windows away."""
    tray.surface.show(IDLE)
    tray.surface.raise_status_window()
    tray.surface.close()
    assert not tray.surface._icon._item.isVisible()
    assert tray.surface.status_window_id() == 0
