"""The smallest list of changes that makes one menu of another, and its meaning.

A panel is told about every change one by one, so an equal item costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from u1tray.tray.view.item import Item, Kind, Menu

Path = tuple[str, ...]


@dataclass(frozen=True)
class Remove:
    """Take the item away. `parent` is the path of ids of the submenus it is in."""

    parent: Path
    id: str


@dataclass(frozen=True)
class Insert:
    """Put a whole item (children and all) before the item `before`; `''` is the end."""

    parent: Path
    item: Item
    before: str = ""


@dataclass(frozen=True)
class Update:
    """Rewrite what an item shows or does. Its children have changes of their own."""

    parent: Path
    item: Item


Change = Remove | Insert | Update


def difference(old: Menu, new: Menu, parent: Path = ()) -> tuple[Change, ...]:
    """The changes that lead from `old` to `new`, in the order they are to be made.

    Ids must be unique within each menu. An item whose place among its neighbours changed, or
    whose kind did, is removed and inserted again.
    """
    before = {item.id: item for item in old}
    same = [item.id for item in new if item.id in before and before[item.id].kind is item.kind]
    kept = _longest_in_order(same, [item.id for item in old])
    changes: list[Change] = [Remove(parent, item.id) for item in old if item.id not in kept]
    for item in new:
        if item.id in kept:
            changes.extend(_changes_within(before[item.id], item, parent))
    # An Insert names the item that follows it, which must be there: the last ones come first.
    following = ""
    for item in reversed(new):
        if item.id not in kept:
            changes.append(Insert(parent, item, following))
        following = item.id
    return tuple(changes)


def applied(menu: Menu, changes: Sequence[Change]) -> Menu:
    """The menu after the changes: what they mean, without a screen. Raises ValueError."""
    for change in changes:
        menu = _applied_at(menu, change.parent, change)
    return menu


def _changes_within(old: Item, new: Item, parent: Path) -> list[Change]:
    changes: list[Change] = []
    if replace(old, children=()) != replace(new, children=()):
        changes.append(Update(parent, replace(new, children=())))
    if new.kind is Kind.SUBMENU:
        changes.extend(difference(old.children, new.children, (*parent, new.id)))
    return changes


def _longest_in_order(wanted: Sequence[str], present: Sequence[str]) -> frozenset[str]:
    """The largest set of ids that stand in the same order in both (patience sorting)."""
    place = {name: number for number, name in enumerate(present)}
    tails: list[int] = []
    ends: list[str] = []
    previous: dict[str, str | None] = {}
    for name in wanted:
        at = bisect_left(tails, place[name])
        previous[name] = ends[at - 1] if at else None
        tails[at : at + 1] = [place[name]]
        ends[at : at + 1] = [name]
    kept = set()
    name_or_none = ends[-1] if ends else None
    while name_or_none is not None:
        kept.add(name_or_none)
        name_or_none = previous[name_or_none]
    return frozenset(kept)


def _applied_at(menu: Menu, path: Path, change: Change) -> Menu:
    if not path:
        return _applied_here(menu, change)
    at = _place(menu, path[0])
    inner = replace(menu[at], children=_applied_at(menu[at].children, path[1:], change))
    return (*menu[:at], inner, *menu[at + 1 :])


def _applied_here(menu: Menu, change: Change) -> Menu:
    if isinstance(change, Insert):
        at = _place(menu, change.before) if change.before else len(menu)
        return (*menu[:at], change.item, *menu[at:])
    if isinstance(change, Remove):
        at = _place(menu, change.id)
        return (*menu[:at], *menu[at + 1 :])
    at = _place(menu, change.item.id)
    updated = replace(change.item, children=menu[at].children)
    return (*menu[:at], updated, *menu[at + 1 :])


def _place(menu: Menu, name: str) -> int:
    for number, item in enumerate(menu):
        if item.id == name:
            return number
    message = f"no item {name!r}"
    raise ValueError(message)
