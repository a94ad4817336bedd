"""Held deletions, conflicts and files that wait, as lines of the menu and facts of the window."""

from __future__ import annotations

import os
from dataclasses import replace
from gettext import NullTranslations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.status.values import (
    NO_CONCERNS,
    Action,
    Concerns,
    HeldDeletion,
    Indicator,
    Lost,
    Sentence,
    Sparing,
    Trouble,
    View,
)
from u1tray.tray.view.concerns import COPIES_SHOWN, LISTED, concern_facts
from u1tray.tray.view.diff import applied, difference
from u1tray.tray.view.facts import facts
from u1tray.tray.view.item import DoAction, Kind, OpenPath, OpenWindow, Window
from u1tray.tray.view.menu import Options, menu

pytestmark = pytest.mark.core

ENGLISH = NullTranslations()
IDLE = View(Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, (Action.OPEN_FOLDER,))
HELD = Concerns(
    held=12,
    held_deletions=(
        HeldDeletion("/u/Ubuntu One", Lost.FOLDER, 10, 40),
        HeldDeletion("/u/Work", Lost.FOLDER, 2, 2),
    ),
)


def copy(number: int) -> str:
    return f"/u/docs/a{number} (conflict kiwi 2026-11-22 08.30).txt"


def built(concerns: Concerns):
    view = replace(IDLE, concerns=concerns)
    return menu(view, ENGLISH, 0.0, Options())


def item(concerns: Concerns, name: str):
    return next((one for one in built(concerns) if one.id == name), None)


def test_without_concerns_the_menu_is_what_it_was():
    """Beside another daemon nothing is added, not even a separator."""
    assert [one.id for one in built(NO_CONCERNS)] == [
        "sentence",
        "storage",
        "before-action:open-folder",
        "action:open-folder",
        "cloud-page",
        "before-show-status",
        "show-status",
        "preferences",
        "about",
        "quit",
    ]
    assert facts(IDLE, ENGLISH, 0.0).concerns is None


def test_held_deletions_are_a_submenu_with_two_answers():
    """What, where it was lost, and the answer that loses nothing first."""
    held = item(HELD, "held")
    assert held is not None
    assert (held.kind, held.text) == (Kind.SUBMENU, "12 deletions are held")
    assert [(one.text, one.choice) for one in held.children if one.kind is Kind.ACTION] == [
        ("10 of 40 files in Ubuntu One are gone from this computer", OpenWindow(Window.STATUS)),
        ("2 of 2 files in Work are gone from this computer", OpenWindow(Window.STATUS)),
        ("Bring them back", DoAction(Action.RESTORE_HELD)),
        ("Delete them in the cloud too", DoAction(Action.APPLY_HELD)),
    ]


def test_conflict_opens_the_folder_it_is_in():
    """Both versions are there to be looked at."""
    found = item(Concerns(conflicts=1, copies=(copy(1),)), "conflicts")
    assert found is not None
    assert found.text == "1 conflict"
    (child,) = found.children
    assert child.text == "a1 (conflict kiwi 2026-11-22 08.30).txt"
    assert child.choice == OpenPath("/u/docs")


def test_many_conflicts_are_a_short_list_and_a_number():
    """A menu is no list of thousands; the window shows more."""
    copies = tuple(copy(number) for number in range(1000))
    found = item(Concerns(conflicts=1000, copies=copies), "conflicts")
    assert found is not None
    assert len(found.children) == COPIES_SHOWN + 1
    assert found.children[-1].text == "and 992 more files"
    assert found.children[-1].choice == OpenWindow(Window.STATUS)


def test_files_that_wait_and_files_that_fail_lead_to_the_window():
    """By name there, not in the menu."""
    concerns = Concerns(waiting_for_room=5, troubles=1)
    for name, text in (
        ("room", "5 files wait for room in the cloud"),
        ("troubles", "1 file cannot be synced"),
    ):
        found = item(concerns, name)
        assert found is not None
        assert (found.text, found.choice) == (text, OpenWindow(Window.STATUS))


@pytest.mark.parametrize(
    ("sparing", "why"),
    [
        (Sparing.NETWORK, "the network is metered"),
        (Sparing.POWER, "power is saved"),
        (Sparing.BOTH, "the network is metered and power is saved"),
    ],
)
def test_spared_files_say_why_and_can_go_all_the_same(sparing, why):
    """Metered network and saved power are respected, and a person may say otherwise."""
    found = item(Concerns(spared=3, sparing=sparing), "spared")
    assert found is not None
    assert found.text == f"3 files wait while {why}"
    assert [(one.text, one.choice) for one in found.children] == [
        ("Sync them all the same", DoAction(Action.SPARE_NOTHING))
    ]


def test_window_lists_files_by_name_and_reason():
    """The conflict, what waits for room, and what fails, each with its folder."""
    concerns = Concerns(
        conflicts=1,
        waiting_for_room=1,
        troubles=1,
        copies=(copy(1),),
        details=(Trouble("/u/film.mkv", "full", True), Trouble("/u/x/y", "It is open.")),
    )
    told = concern_facts(concerns, ENGLISH)
    assert [(file.text, file.folder) for file in told.files] == [
        ("Conflict: a1 (conflict kiwi 2026-11-22 08.30).txt", "/u/docs"),
        ("Waits for room: film.mkv", "/u"),
        ("Not synced: y. It is open.", "/u/x"),
    ]
    assert told.lines == (
        "1 conflict",
        "1 file waits for room in the cloud",
        "1 file cannot be synced",
    )


def test_list_of_the_window_has_an_end():
    """What is left is a number."""
    copies = tuple(copy(number) for number in range(LISTED + 7))
    told = concern_facts(Concerns(conflicts=len(copies), copies=copies), ENGLISH)
    assert (len(told.files), told.total) == (LISTED, LISTED + 7)


def test_equal_concerns_change_nothing_on_the_panel():
    """A panel is told of every change one by one."""
    assert difference(built(HELD), built(replace(HELD))) == ()
    changes = difference(built(HELD), built(replace(HELD, held=13)))
    assert len(changes) == 1


paths = st.sampled_from([copy(1), "", "/", "a", "/u/\udcff\n.txt", "/u/<b>x & y", os.sep * 3])
counts = st.integers(0, 10**9)
concerns_strategy = st.builds(
    Concerns,
    held=counts,
    lost_in=st.sampled_from(Lost),
    conflicts=counts,
    waiting_for_room=counts,
    troubles=counts,
    spared=counts,
    sparing=st.sampled_from(Sparing),
    held_deletions=st.lists(
        st.builds(HeldDeletion, paths, st.sampled_from(Lost), counts, counts), max_size=7
    ).map(tuple),
    copies=st.lists(paths, max_size=12).map(tuple),
    details=st.lists(st.builds(Trouble, paths, paths, st.booleans()), max_size=3).map(tuple),
)


@settings(max_examples=60)
@given(old=concerns_strategy, new=concerns_strategy)
def test_every_combination_has_a_sound_menu(old, new):
    """Total: unique ids, words on every line, and a way from any menu to any other."""
    before, after = built(old), built(new)
    assert applied(before, difference(before, after)) == after
    for level in (after, *(one.children for one in after)):
        assert len({one.id for one in level}) == len(level)
        assert all(one.text for one in level if one.kind is not Kind.SEPARATOR)
    told = concern_facts(new, ENGLISH)
    assert all("\n" not in line for line in (*told.lines, *(file.text for file in told.files)))
