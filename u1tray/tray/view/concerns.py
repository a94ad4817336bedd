"""What menu and windows say of held deletions, conflicts and files that cannot be synced. Pure.

Loaded with the first of them: most people never see one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from u1tray.status import concern_texts, texts
from u1tray.status.names import shortened
from u1tray.status.texts import Translator
from u1tray.status.values import Action, Concerns
from u1tray.tray.view.facts import FileFact, file_fact
from u1tray.tray.view.item import DoAction, Item, Kind, Menu, OpenPath, OpenWindow, Window

HELD_SHOWN = 5
COPIES_SHOWN = 8
LISTED = 100
"""In the window. A list of thousands is `u1sync`'s."""


@dataclass(frozen=True)
class HeldFact:
    """Held deletions: what is gone where, and what can be done about it."""

    text: str
    lines: tuple[str, ...]
    apply: str
    restore: str


@dataclass(frozen=True)
class ConcernFacts:
    """In words. `held` None and every text `''` where there is nothing of the kind.

    `files`: those known by name, at most LISTED of the `total`.
    """

    held: HeldFact | None
    conflicts: str
    waiting_for_room: str
    troubles: str
    spared: str
    spare_nothing: str
    files: tuple[FileFact, ...]
    total: int

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a kind, held deletions with theirs."""
        held = () if self.held is None else (self.held.text, *self.held.lines)
        rest = (self.conflicts, self.waiting_for_room, self.troubles, self.spared)
        return (*held, *filter(None, rest))


def concern_facts(concerns: Concerns, translator: Translator) -> ConcernFacts:
    """The facts in one language."""
    words = concern_texts
    copies = [
        file_fact(words.copy(path, translator), path)
        for path in concerns.copies[: LISTED if concerns.conflicts else 0]
    ]
    details = [
        file_fact(words.detail(one, translator), one.path) for one in concerns.details[:LISTED]
    ]
    return ConcernFacts(
        held=_held(concerns, translator) if concerns.held else None,
        conflicts=words.conflicts(concerns, translator) if concerns.conflicts else "",
        waiting_for_room=words.waiting_for_room(concerns, translator)
        if concerns.waiting_for_room
        else "",
        troubles=words.troubles(concerns, translator) if concerns.troubles else "",
        spared=words.spared(concerns, translator) if concerns.spared else "",
        spare_nothing=texts.action(Action.SPARE_NOTHING, translator),
        files=(*copies, *details)[:LISTED],
        total=concerns.conflicts + concerns.waiting_for_room + concerns.troubles,
    )


def section(concerns: Concerns, translator: Translator) -> Menu:
    """The lines of the menu."""
    told = concern_facts(concerns, translator)
    items = []
    if told.held is not None:
        items.append(_held_item(told.held))
    if told.conflicts:
        items.append(_conflicts_item(told.conflicts, concerns, translator))
    for name, text in (("room", told.waiting_for_room), ("troubles", told.troubles)):
        if text:
            items.append(Item(name, text=text, choice=OpenWindow(Window.STATUS)))
    if told.spared:
        action = Action.SPARE_NOTHING
        decision = Item(f"action:{action.value}", text=told.spare_nothing, choice=DoAction(action))
        items.append(Item("spared", Kind.SUBMENU, told.spared, children=(decision,)))
    return tuple(items)


def _held(concerns: Concerns, translator: Translator) -> HeldFact:
    def label(action: Action) -> str:
        return concern_texts.decision(action, concerns.lost_in, translator)

    return HeldFact(
        text=concern_texts.held(concerns, translator),
        lines=tuple(
            concern_texts.held_deletion(one, translator)
            for one in concerns.held_deletions[:HELD_SHOWN]
        ),
        apply=label(Action.APPLY_HELD),
        restore=label(Action.RESTORE_HELD),
    )


def _held_item(held: HeldFact) -> Item:
    lines = [
        Item(f"held-{number}", text=text, choice=OpenWindow(Window.STATUS))
        for number, text in enumerate(held.lines)
    ]
    decisions = [
        Item(f"action:{action.value}", text=text, choice=DoAction(action))
        # What loses nothing comes first.
        for action, text in (
            (Action.RESTORE_HELD, held.restore),
            (Action.APPLY_HELD, held.apply),
        )
    ]
    between = [Item("before-decisions", Kind.SEPARATOR)] if lines else []
    return Item("held", Kind.SUBMENU, held.text, children=(*lines, *between, *decisions))


def _conflicts_item(text: str, concerns: Concerns, translator: Translator) -> Item:
    shown = concerns.copies[:COPIES_SHOWN]
    children = [
        Item(
            f"copy-{number}",
            text=shortened(PurePath(path).name or path or "?", concern_texts.LONGEST_COPY),
            choice=OpenPath(str(PurePath(path).parent)),
        )
        for number, path in enumerate(shown)
    ]
    more = concerns.conflicts - len(shown)
    if more > 0:
        many = translator.ngettext("and {count} more file", "and {count} more files", more)
        show = OpenWindow(Window.STATUS)
        children.append(Item("more-copies", text=many.format(count=more), choice=show))
    return Item("conflicts", Kind.SUBMENU, text, children=tuple(children))
