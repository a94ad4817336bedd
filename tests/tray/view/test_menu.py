"""The menu as data: what it says, in which order, and that every view gives a sound one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from gettext import NullTranslations
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.status.values import (
    Action,
    Direction,
    Indicator,
    Sentence,
    Storage,
    StorageProblem,
    Transfer,
    View,
)
from u1tray.tray.view.diff import applied, difference
from u1tray.tray.view.item import (
    DoAction,
    Item,
    Kind,
    Menu,
    OpenCloudPage,
    OpenPath,
    OpenWindow,
    Window,
)
from u1tray.tray.view.menu import Options, menu
from u1tray.tray.view.pauses import end_of_pause
from u1tray.vocabulary.quota import Quota

pytestmark = pytest.mark.core

ENGLISH = NullTranslations()
GIGA = 10**9
IDLE = View(
    Indicator.UP_TO_DATE,
    Sentence.UP_TO_DATE,
    (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT),
    storage=Storage(Quota(5 * GIGA, 12 * GIGA // 10), 100.0, None),
)


def made(view: View = IDLE, now: float = 100.0, has_cloud: bool = True) -> Menu:
    return menu(view, ENGLISH, now, Options(has_cloud))


def texts(items: Menu) -> list[str]:
    return [item.text for item in items if item.kind is not Kind.SEPARATOR]


def item(items: Menu, name: str) -> Item:
    return next(item for item in items if item.id == name)


_PATHS = st.sampled_from(["/home/me/a.txt", "/home/me/x/b_c.txt", "/home/me/&.txt", "c", "", "/"])
_TRANSFERS = st.builds(
    Transfer,
    direction=st.sampled_from(Direction),
    path=_PATHS,
    written=st.integers(0, 10**12),
    size=st.none() | st.integers(-1, 10**12),
)
_STORAGES = st.builds(
    Storage,
    quota=st.none() | st.builds(Quota, total=st.integers(0, 10**15), used=st.integers(0, 10**15)),
    asked_at=st.none() | st.floats(0, 10**6),
    problem=st.none() | st.sampled_from(StorageProblem),
)
VIEWS = st.builds(
    View,
    indicator=st.sampled_from(Indicator),
    sentence=st.sampled_from(Sentence),
    actions=st.lists(st.sampled_from(Action), unique=True, max_size=5).map(tuple),
    count=st.integers(0, 9),
    name=st.text(max_size=5),
    percent=st.none() | st.integers(0, 99),
    until=st.just("12:30"),
    description=st.text(max_size=5),
    transfers=st.lists(_TRANSFERS, max_size=6).map(tuple),
    recent=st.lists(_PATHS, max_size=5).map(tuple),
    storage=_STORAGES,
)


def test_quiet_menu_reads_as_the_issue_says():
    """Sentence, quota, actions, places, program; nothing else while nothing happens."""
    assert texts(made()) == [
        "File sync is up to date",
        "1.2 GB of 5.0 GB used, 24 %",
        "Pause",
        "Disconnect",
        "Open folder",
        "Open the cloud's web page",
        "Show status",
        "Preferences",
        "About",
        "Quit indicator",
    ]


def test_quota_line_has_a_bar_and_its_age_when_old():
    """The issue: a small bar beside it, and its age when older than 10 minutes."""
    assert item(made(), "storage").percent == 24
    assert item(made(now=100.0 + 600), "storage").text == "1.2 GB of 5.0 GB used, 24 %"
    aged = item(made(now=100.0 + 720), "storage").text
    assert aged == "1.2 GB of 5.0 GB used, 24 %, 12 minutes ago"


def test_unknown_quota_has_a_reason_and_no_bar():
    """No quota is not 0 %."""
    unknown = View(Indicator.STOPPED, Sentence.NOT_RUNNING)
    line = item(made(unknown), "storage")
    assert (line.text, line.percent) == ("Storage not known yet", None)


def test_many_transfers_are_the_first_three_and_a_number():
    """The issue: running transfers with percent, and how many more there are."""
    transfers = tuple(Transfer(Direction.UPLOAD, f"/u/{n}.txt", n * 10, 100) for n in range(5))
    view = View(Indicator.SYNCING, Sentence.SYNCING_FILES, count=5, transfers=transfers)
    assert texts(made(view))[:6] == [
        "Syncing 5 files",
        "Storage not known yet",
        "Uploading 0.txt (0 %)",
        "Uploading 1.txt (10 %)",
        "Uploading 2.txt (20 %)",
        "and 2 more files",
    ]


def test_next_file_reuses_the_line_of_the_one_before():
    """One finished and one begun: texts change, no line comes or goes."""

    def syncing(name: str) -> View:
        transfer = Transfer(Direction.UPLOAD, f"/u/{name}", 1, 100)
        return View(Indicator.SYNCING, Sentence.SYNCING_FILE, name=name, transfers=(transfer,))

    old, new = made(syncing("a")), made(syncing("b"))
    assert [item.id for item in old] == [item.id for item in new]


def test_recent_files_open_and_so_do_their_folders():
    """The issue: click opens the file, a second entry its folder; a folder is there once."""
    view = View(
        Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, recent=("/u/a.txt", "/u/b.txt", "/u/x/c.txt")
    )
    submenu = item(made(view), "recent")
    assert [(entry.text, entry.choice) for entry in submenu.children if entry.choice] == [
        ("a.txt", OpenPath("/u/a.txt")),
        ("b.txt", OpenPath("/u/b.txt")),
        ("c.txt", OpenPath("/u/x/c.txt")),
        ("Open the folder u", OpenPath("/u")),
        ("Open the folder x", OpenPath("/u/x")),
    ]


def test_pause_is_a_submenu_of_lengths():
    """8.4: for a while, or until the person resumes."""
    pause = item(made(), "action:pause")
    assert [(entry.text, entry.choice) for entry in pause.children] == [
        ("For 30 minutes", DoAction(Action.PAUSE, 1800.0)),
        ("For 1 hour", DoAction(Action.PAUSE, 3600.0)),
        ("For 2 hours", DoAction(Action.PAUSE, 7200.0)),
        ("Until I resume", DoAction(Action.PAUSE, None)),
    ]


def test_full_storage_has_one_way_to_the_web_page():
    """No duplicates: "Free up space" opens the same page."""
    full = View(Indicator.OVER_QUOTA, Sentence.STORAGE_FULL, (Action.FREE_UP_SPACE,))
    assert "Free up space" in texts(made(full))
    assert "Open the cloud's web page" not in texts(made(full))


def test_without_a_cloud_there_is_no_web_page_to_open():
    """An entry that could only fail is not offered."""
    assert not any(isinstance(entry.choice, OpenCloudPage) for entry in made(has_cloud=False))


@given(view=VIEWS, now=st.floats(0, 10**7))
def test_any_view_gives_a_sound_menu(view, now):
    """The sentence first, About and Quit always (8.3), ids unique, no text twice, none empty."""
    items = made(view, now)
    assert items[0].id == "sentence"
    assert texts(items)[-2:] == ["About", "Quit indicator"]
    assert len({entry.id for entry in items}) == len(items)
    assert all(texts(items))
    first = next(n for n, entry in enumerate(items) if entry.kind is Kind.SEPARATOR)
    chosen = [entry.choice for entry in items[first:] if entry.choice]
    assert len(chosen) == len(set(chosen))
    for entry in items:
        assert len({child.id for child in entry.children}) == len(entry.children)
    separators = [entry.kind is Kind.SEPARATOR for entry in items]
    assert not any(a and b for a, b in pairwise(separators))


def test_facts_lead_to_the_status_window():
    """They can be chosen, so that no panel draws them pale, and show the same in large."""
    facts = made(replace(IDLE, transfers=(Transfer(Direction.UPLOAD, "/a/b"),)))[:3]
    assert [entry.id for entry in facts] == ["sentence", "storage", "transfer-0"]
    assert {entry.choice for entry in facts} == {OpenWindow(Window.STATUS)}


@given(old=VIEWS, new=VIEWS)
def test_any_two_views_their_difference_leads_from_one_to_the_other(old, new):
    """The difference is right for menus as they really occur, submenus included."""
    assert applied(made(old), difference(made(old), made(new))) == made(new)


def test_every_action_is_offered_when_the_view_has_it():
    """8.3: exactly the actions of the row; the folder can be opened in every state."""
    for action in Action:
        view = View(Indicator.ERROR, Sentence.FAILED, (action,))
        offered = {entry.id for entry in made(view) if entry.id.startswith("action:")}
        assert offered == {f"action:{action.value}", "action:open-folder"}


def test_end_of_a_pause_is_a_time_of_the_clock():
    """The sentence of row 20 says HH:MM, also past midnight."""
    late = datetime(2026, 11, 22, 23, 45, tzinfo=timezone.utc).timestamp()
    assert end_of_pause(1800.0, late) == "00:15"
    assert end_of_pause(None, late) == ""
