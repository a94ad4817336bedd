"""The menu as data: facts first, then what can be done, then what is always offered.

Pure. The ids are stable, so that the difference of two menus is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from u1tray.status import texts
from u1tray.status.names import last_part, shortened
from u1tray.status.texts import Translator
from u1tray.status.values import NO_CONCERNS, Action, View
from u1tray.tray.view.facts import Facts, FileFact, facts
from u1tray.tray.view.item import (
    DoAction,
    Item,
    Kind,
    Menu,
    OpenCloudPage,
    OpenPath,
    OpenWindow,
    QuitIndicator,
    Window,
)
from u1tray.tray.view.pauses import pause_choices

TRANSFERS_SHOWN = 3
RECENT_SHOWN = 5


@dataclass(frozen=True)
class Options:
    """What a person's settings add: whether a cloud's address is known."""

    has_cloud: bool = True


def menu(view: View, translator: Translator, now: float, options: Options) -> Menu:
    """The whole menu for a view; `now` in the seconds of `Storage.asked_at`."""
    told = facts(view, translator, now)
    sections = (
        _facts_section(told, translator),
        _concerns_section(view, translator),
        _recent_section(told.recent[:RECENT_SHOWN], translator),
        _actions_section(told, translator),
        _places_section(view, translator, options),
        _program_section(translator),
    )
    items: list[Item] = []
    for number, section in enumerate(filter(None, sections)):
        if number:
            items.append(Item(f"before-{section[0].id}", Kind.SEPARATOR))
        items.extend(section)
    return tuple(items)


def _facts_section(told: Facts, translator: Translator) -> Menu:
    items = [_fact("sentence", told.sentence)]
    if told.storage:
        items.append(_fact("storage", told.storage, told.storage_percent))
    shown = told.transfers[:TRANSFERS_SHOWN]
    items.extend(
        # By place, not by path: the next file re-uses the line of the one before.
        _fact(f"transfer-{number}", transfer.text, transfer.percent)
        for number, transfer in enumerate(shown)
    )
    more = len(told.transfers) - len(shown)
    if more:
        text = translator.ngettext("and {count} more file", "and {count} more files", more)
        items.append(_fact("more-transfers", text.format(count=more)))
    return tuple(items)


def _fact(id_: str, text: str, percent: int | None = None) -> Item:
    """A line to read. It leads to the same in large: panels draw what cannot be chosen pale."""
    return Item(id_, text=text, percent=percent, choice=OpenWindow(Window.STATUS))


def _concerns_section(view: View, translator: Translator) -> Menu:
    if view.concerns == NO_CONCERNS:
        return ()
    from u1tray.tray.view.concerns import section  # noqa: PLC0415 - hardly anybody has any

    return section(view.concerns, translator)


def _recent_section(recent: tuple[FileFact, ...], translator: Translator) -> Menu:
    if not recent:
        return ()
    _ = translator.gettext
    # By place here too: a burst of small files must not rebuild the submenu each time.
    files = [
        Item(f"file-{number}", text=file.text, choice=OpenPath(file.path))
        for number, file in enumerate(recent)
    ]
    folders = [
        Item(
            f"folder-{number}",
            text=_("Open the folder {name}").format(name=shortened(last_part(folder))),
            choice=OpenPath(folder),
        )
        for number, folder in enumerate(dict.fromkeys(file.folder for file in recent))
    ]
    children = (*files, Item("before-folders", Kind.SEPARATOR), *folders)
    return (Item("recent", Kind.SUBMENU, _("Recent files"), children=children),)


def _actions_section(told: Facts, translator: Translator) -> Menu:
    return tuple(
        _pause_item(label, translator)
        if action is Action.PAUSE
        else Item(f"action:{action.value}", text=label, choice=DoAction(action))
        for action, label in told.actions
        if action is not Action.OPEN_FOLDER  # it has a place of its own, in every state
    )


def _pause_item(label: str, translator: Translator) -> Item:
    choices = tuple(
        Item(choice.id, text=choice.text, choice=DoAction(Action.PAUSE, choice.seconds))
        for choice in pause_choices(translator)
    )
    return Item(f"action:{Action.PAUSE.value}", Kind.SUBMENU, label, children=choices)


def _places_section(view: View, translator: Translator, options: Options) -> Menu:
    _ = translator.gettext
    open_folder = Item(
        f"action:{Action.OPEN_FOLDER.value}",
        text=texts.action(Action.OPEN_FOLDER, translator),
        choice=DoAction(Action.OPEN_FOLDER),
    )
    # "Free up space" leads to the same page: one way there is enough.
    if not options.has_cloud or Action.FREE_UP_SPACE in view.actions:
        return (open_folder,)
    page = Item("cloud-page", text=_("Open the cloud's web page"), choice=OpenCloudPage())
    return (open_folder, page)


def _program_section(translator: Translator) -> Menu:
    return tuple(_program_items(translator))


def _program_items(translator: Translator) -> Iterator[Item]:
    _ = translator.gettext
    yield Item("show-status", text=_("Show status"), choice=OpenWindow(Window.STATUS))
    yield Item("preferences", text=_("Preferences"), choice=OpenWindow(Window.PREFERENCES))
    yield Item("about", text=_("About"), choice=OpenWindow(Window.ABOUT))
    yield Item("quit", text=_("Quit indicator"), choice=QuitIndicator())
