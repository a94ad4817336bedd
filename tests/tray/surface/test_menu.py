"""The live menu: equal to what is wanted, changed by little, never while it is open."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from PyQt5.QtCore import QEvent, QObject

from tests.tray.view.test_diff import _menus
from u1tray.status.values import Action
from u1tray.tray.surface import menu as live
from u1tray.tray.surface.menu import BAR_SIZE, LiveMenu, bar_icon
from u1tray.tray.view.item import DoAction, Item, Kind, OpenPath

pytestmark = pytest.mark.core

ACTION_EVENTS = (QEvent.Type.ActionAdded, QEvent.Type.ActionChanged, QEvent.Type.ActionRemoved)


class Panel(QObject):
    """Counts what a panel would be told: one signal for each action event of a menu."""

    def __init__(self, menu):
        super().__init__()
        self.told = 0
        menu.installEventFilter(self)

    def eventFilter(self, _menu, event):  # noqa: N802 - Qt's name
        self.told += event.type() in ACTION_EVENTS
        return False


class Wanted:
    """What the menu is to be; a person's choices are kept."""

    def __init__(self):
        self.items = ()
        self.chosen = []
        self.shown = 0
        self.menu = LiveMenu(lambda: self.items)
        self.menu.chosen.connect(self.chosen.append)
        self.menu.shown.connect(self._count)

    def _count(self):
        self.shown += 1

    def show(self, *items):
        self.items = items
        self.menu.update()


@pytest.fixture
def wanted(application):
    return Wanted()


def texts(menu):
    """What stands in a QMenu, submenus as lists, separators as None."""
    return [
        None
        if action.isSeparator()
        else [action.text(), *texts(action.menu())]
        if action.menu()
        else action.text()
        for action in menu.actions()
    ]


def expected(items):
    return [
        None
        if item.kind is Kind.SEPARATOR
        else [item.text, *expected(item.children)]
        if item.kind is Kind.SUBMENU
        else item.text
        for item in items
    ]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
@given(old=_menus(), new=_menus())
def test_any_two_menus_the_widget_follows(application, old, new):
    """Whatever comes after whatever, the QMenu shows the last one."""
    wanted = Wanted()
    wanted.show(*old)
    wanted.show(*new)
    assert texts(wanted.menu.widget) == expected(new)


def test_equal_menu_tells_the_panel_nothing(wanted):
    """A status change that changes no words costs no signal."""
    wanted.show(Item("a", text="one"), Item("b", Kind.SEPARATOR))
    panel = Panel(wanted.menu.widget)
    wanted.show(Item("a", text="one"), Item("b", Kind.SEPARATOR))
    assert panel.told == 0


def test_changed_sentence_is_one_signal(wanted):
    """One text, one change; the bar beside it only when it looks different."""
    wanted.show(Item("a", text="1 %", percent=1), Item("b", text="two"))
    panel = Panel(wanted.menu.widget)
    wanted.show(Item("a", text="2 %", percent=2), Item("b", text="two"))
    assert panel.told == 1


def test_new_item_is_one_signal(wanted):
    """An item is written before it is put into the menu."""
    wanted.show(Item("a", text="one"))
    panel = Panel(wanted.menu.widget)
    wanted.show(Item("a", text="one"), Item("b", text="50 %", percent=50))
    assert panel.told == 1


def test_open_menu_is_not_changed_until_it_closed(wanted, wait_for_qt):
    """The issue: an open menu never changes under the pointer; then the latest wish counts."""
    wanted.show(Item("a", text="one"))
    menu = wanted.menu.widget
    menu.aboutToShow.emit()
    for number in range(100):
        wanted.show(Item("a", text=f"change {number}"), Item(f"b{number}", text="new"))
    assert texts(menu) == ["one"]
    menu.aboutToHide.emit()
    assert texts(menu) == ["one"], "a click may still follow"
    wait_for_qt(lambda: texts(menu) == ["change 99", "new"])


def test_host_that_never_says_closed_gets_the_latest_menu_at_the_next_opening(wanted, monkeypatch):
    """It asks again; "opened" right after asking belongs to the same opening."""
    monkeypatch.setattr(live, "SAME_OPENING_SECONDS", 600.0)
    wanted.show(Item("a", text="one"))
    menu = wanted.menu.widget
    menu.aboutToShow.emit()
    wanted.show(Item("a", text="two"))
    menu.aboutToShow.emit()
    assert texts(menu) == ["one"]
    monkeypatch.setattr(live, "SAME_OPENING_SECONDS", 0.0)  # so much later
    menu.aboutToShow.emit()
    assert texts(menu) == ["two"]


def test_click_after_closed_still_counts(wanted):
    """A host may say "closed" before "clicked", and what was clicked may be gone meanwhile."""
    wanted.show(Item("a", text="one", choice=OpenPath("/a")))
    action = wanted.menu.widget.actions()[0]
    wanted.menu.widget.aboutToShow.emit()
    wanted.show(Item("b", text="other"))
    wanted.menu.widget.aboutToHide.emit()
    action.trigger()
    assert wanted.chosen == [OpenPath("/a")]


def test_host_that_never_says_closed_gets_the_news_in_the_end(wanted, wait_for_qt, monkeypatch):
    """Bounded: some hosts only ask AboutToShow."""
    monkeypatch.setattr(live, "OPEN_AT_MOST_MS", 100)
    wanted.show(Item("a", text="one"))
    wanted.menu.widget.aboutToShow.emit()
    wanted.show(Item("a", text="two"))
    assert texts(wanted.menu.widget) == ["one"]
    wait_for_qt(lambda: texts(wanted.menu.widget) == ["two"])


def test_menu_about_to_show_is_refreshed_first(wanted):
    """Ages are written anew before a person reads them, and the program hears of it."""
    wanted.show(Item("a", text="10 minutes ago"))
    wanted.items = (Item("a", text="11 minutes ago"),)
    wanted.menu.widget.aboutToShow.emit()
    assert texts(wanted.menu.widget) == ["11 minutes ago"]
    assert wanted.shown == 1


def test_menu_asked_for_at_the_start_but_not_shown_stays_true(wanted, monkeypatch):
    """GNOME's panel preloads a menu and never says "closed" for that; later it means it."""
    wanted.menu.expect_preloading()
    wanted.menu.widget.aboutToShow.emit()
    wanted.show(Item("a", text="one"))
    assert texts(wanted.menu.widget) == ["one"]
    assert wanted.shown == 0
    monkeypatch.setattr(wanted.menu, "_preloaded_until", 0.0)
    wanted.menu.widget.aboutToShow.emit()
    wanted.show(Item("a", text="two"))
    assert texts(wanted.menu.widget) == ["one"]
    assert wanted.shown == 1


def test_choices_in_submenus_arrive(wanted):
    """What an item asks for is told, wherever it is, with its newest value."""
    pause = Item("30", text="30 minutes", choice=DoAction(Action.PAUSE, 1.0))
    wanted.show(Item("p", Kind.SUBMENU, "Pause", children=(pause,)))
    changed = Item("30", text="30 minutes", choice=DoAction(Action.PAUSE, 1800.0))
    wanted.show(Item("p", Kind.SUBMENU, "Pause", children=(changed,)))
    wanted.menu.widget.actions()[0].menu().actions()[0].trigger()
    assert wanted.chosen == [DoAction(Action.PAUSE, 1800.0)]


def test_file_names_keep_ampersands_and_underscores(wanted):
    """`&` would be a mnemonic in Qt, `_` one over D-Bus."""
    wanted.show(Item("a", text="R&D_plan"))
    assert texts(wanted.menu.widget) == ["R&&D_plan"]
    over_bus = Wanted()
    over_bus.menu.escape_underscores()
    over_bus.show(Item("a", text="R&D_plan"))
    assert texts(over_bus.menu.widget) == ["R&&D__plan"]


def test_bar_is_filled_by_percent(application):
    """Nothing at 0 %, something at 1 %, all of it at 100 %; no bar without a number."""

    def filled(percent):
        picture = bar_icon(percent).pixmap(BAR_SIZE, BAR_SIZE).toImage()
        return sum(picture.pixelColor(x, 8).alpha() > 0 for x in range(2, BAR_SIZE - 2))

    assert [filled(percent) for percent in (0, 1, 50, 100)] == [0, 1, 6, 12]
    assert bar_icon(None).isNull()
