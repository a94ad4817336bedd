"""The difference of two menus: right for every pair, empty for equal ones, and small."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.tray.view.diff import Insert, Remove, Update, applied, difference
from u1tray.tray.view.item import Item, Kind, Menu

pytestmark = pytest.mark.core
TAKES_SECONDS = 30

_NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
_TEXTS = st.sampled_from(["", "one", "two"])
_PERCENTS = st.none() | st.integers(0, 100)


def _menus(depth: int = 2) -> st.SearchStrategy[Menu]:
    leaves = st.builds(
        Item,
        id=_NAMES,
        kind=st.sampled_from([Kind.ACTION, Kind.SEPARATOR]),
        text=_TEXTS,
        percent=_PERCENTS,
    )
    if depth:
        submenus = st.builds(
            Item, id=_NAMES, kind=st.just(Kind.SUBMENU), text=_TEXTS, children=_menus(depth - 1)
        )
        leaves = leaves | submenus
    return st.lists(leaves, max_size=6, unique_by=lambda item: item.id).map(tuple)


def _row(*names: str) -> Menu:
    return tuple(Item(name, text=name) for name in names)


@given(old=_menus(), new=_menus())
def test_any_two_menus_the_difference_applied_to_the_old_gives_the_new(old, new):
    """What the changes mean leads from the one menu to the other, whatever they are."""
    assert applied(old, difference(old, new)) == new


@given(menu=_menus())
def test_equal_menus_have_no_difference(menu):
    """A panel hears nothing about a menu that did not change."""
    assert difference(menu, menu) == ()


@given(old=_menus(0), texts=st.lists(_TEXTS, min_size=6, max_size=6))
def test_other_texts_in_the_same_order_are_updates_of_just_those(old, texts):
    """An item that is equal costs no change, one that is not costs one."""
    new = tuple(replace(item, text=text) for item, text in zip(old, texts, strict=False))
    assert difference(old, new) == tuple(
        Update((), item) for before, item in zip(old, new, strict=True) if before != item
    )


def test_changed_text_is_one_update():
    """One sentence changes: one change, not a new menu."""
    old = _row("a", "b", "c")
    new = (old[0], Item("b", text="B"), old[2])
    assert difference(old, new) == (Update((), new[1]),)


def test_one_item_moved_to_the_front_is_one_removal_and_one_insertion():
    """The others stay where they are: the longest common order is kept."""
    changes = difference(_row("a", "b", "c", "d"), _row("d", "a", "b", "c"))
    assert changes == (Remove((), "d"), Insert((), Item("d", text="d"), before="a"))


def test_changed_child_leaves_its_submenu_alone():
    """A change deep in a submenu is told with its path, and its parent is not rewritten."""
    old = (Item("s", Kind.SUBMENU, "Recent", children=_row("a", "b")),)
    new = (Item("s", Kind.SUBMENU, "Recent", children=_row("b", "c")),)
    expected = (Remove(("s",), "a"), Insert(("s",), Item("c", text="c")))
    assert difference(old, new) == expected


def test_changed_kind_is_a_new_item():
    """A widget for an action cannot become one for a submenu: out and in."""
    old = (Item("a", text="x"),)
    new = (Item("a", Kind.SUBMENU, "x"),)
    assert difference(old, new) == (Remove((), "a"), Insert((), new[0]))


def test_change_of_an_unknown_item_is_refused():
    """A difference made for another menu is noticed."""
    with pytest.raises(ValueError, match="no item"):
        applied(_row("a"), [Remove((), "z")])
