"""Sentences about held deletions, conflicts, and files that cannot be synced.

A module beside `texts` because most people never have any: it is loaded with the first one.
"""

from __future__ import annotations

from collections.abc import Mapping

from u1tray.status import texts
from u1tray.status.commands import Notice, Notify
from u1tray.status.names import last_part, one_line, shortened
from u1tray.status.texts import N_, Translator
from u1tray.status.values import (
    Action,
    Concerns,
    HeldDeletion,
    Lost,
    Sparing,
    Trouble,
)

LONGEST_COPY = 60
"""The name of a conflict's copy says which device and when: that must show."""

_APPLY: Mapping[Lost, str] = {
    Lost.FOLDER: N_("Delete them in the cloud too"),
    Lost.CLOUD: N_("Delete them on this computer too"),
    Lost.BOTH: N_("Delete them on both sides"),
}

_CONSEQUENCES: Mapping[Lost, str] = {
    Lost.FOLDER: N_("If you did not mean to delete them on this computer, bring them back."),
    Lost.CLOUD: N_("If you did not mean to delete them in the cloud, bring them back."),
    Lost.BOTH: N_("If you did not mean to delete them, bring them back."),
}

_KEPT: Mapping[Lost, str] = {
    Lost.FOLDER: N_("They are gone from this computer and stay in the cloud until you decide."),
    Lost.CLOUD: N_("They are gone from the cloud and stay on this computer until you decide."),
    Lost.BOTH: N_("What is left of them stays until you decide."),
}


def held(concerns: Concerns, translator: Translator) -> str:
    """`12 deletions are held`."""
    text = translator.ngettext(
        "{count} deletion is held", "{count} deletions are held", concerns.held
    )
    return text.format(count=concerns.held)


def _held_still(concerns: Concerns, translator: Translator) -> str:
    """What was lost after what the person has read of."""
    text = translator.ngettext(
        "{count} more deletion came meanwhile, and is held",
        "{count} more deletions came meanwhile, and are held",
        concerns.held,
    )
    return text.format(count=concerns.held)


def notice(value: Notify, translator: Translator) -> tuple[str, str]:
    """Summary and body of a bubble about held deletions or conflicts."""
    count = value.count
    if value.notice is Notice.HELD_DELETIONS:
        found = Concerns(held=count, lost_in=value.lost_in)
        kept = translator.gettext(_KEPT[value.lost_in])
        return (_held_still if value.is_more else held)(found, translator), kept
    summary = translator.ngettext(
        "A conflict: both versions are kept", "{count} conflicts: all versions are kept", count
    )
    body = translator.gettext("The menu lists them.") if count > 1 else value.name
    return summary.format(count=count), shortened(body, LONGEST_COPY)


def held_deletion(value: HeldDeletion, translator: Translator) -> str:
    """What is gone and where it was lost."""
    if value.lost_in is Lost.CLOUD:
        text = translator.ngettext(
            "{count} of {total} files in {name} is gone from the cloud",
            "{count} of {total} files in {name} are gone from the cloud",
            value.files,
        )
    else:
        text = translator.ngettext(
            "{count} of {total} files in {name} is gone from this computer",
            "{count} of {total} files in {name} are gone from this computer",
            value.files,
        )
    name = shortened(last_part(value.folder))
    return text.format(count=value.files, total=value.of, name=name)


def decision(action: Action, lost_in: Lost, translator: Translator) -> str:
    """The label of APPLY_HELD or RESTORE_HELD, which depends on where the files are gone."""
    if action is Action.APPLY_HELD:
        return translator.gettext(_APPLY[lost_in])
    return texts.action(action, translator)


def question(concerns: Concerns, translator: Translator) -> tuple[str, str]:
    """What is asked before held deletions are applied: the question, and what follows from it."""
    count = concerns.held
    if concerns.lost_in is Lost.FOLDER:
        text = translator.ngettext(
            "Delete {count} file in the cloud?", "Delete {count} files in the cloud?", count
        )
    elif concerns.lost_in is Lost.CLOUD:
        text = translator.ngettext(
            "Delete {count} file on this computer?",
            "Delete {count} files on this computer?",
            count,
        )
    else:
        text = translator.ngettext(
            "Delete {count} file in the cloud or on this computer?",
            "Delete {count} files in the cloud and on this computer?",
            count,
        )
    return text.format(count=count), translator.gettext(_CONSEQUENCES[concerns.lost_in])


def conflicts(concerns: Concerns, translator: Translator) -> str:
    """`3 conflicts`."""
    count = concerns.conflicts
    return translator.ngettext("{count} conflict", "{count} conflicts", count).format(count=count)


def waiting_for_room(concerns: Concerns, translator: Translator) -> str:
    """`5 files wait for room in the cloud`."""
    count = concerns.waiting_for_room
    text = translator.ngettext(
        "{count} file waits for room in the cloud",
        "{count} files wait for room in the cloud",
        count,
    )
    return text.format(count=count)


def spared(concerns: Concerns, translator: Translator) -> str:
    """`5 files wait while the network is metered`."""
    count = concerns.spared
    if concerns.sparing is Sparing.NETWORK:
        text = translator.ngettext(
            "{count} file waits while the network is metered",
            "{count} files wait while the network is metered",
            count,
        )
    elif concerns.sparing is Sparing.POWER:
        text = translator.ngettext(
            "{count} file waits while power is saved",
            "{count} files wait while power is saved",
            count,
        )
    else:
        text = translator.ngettext(
            "{count} file waits while the network is metered and power is saved",
            "{count} files wait while the network is metered and power is saved",
            count,
        )
    return text.format(count=count)


def troubles(concerns: Concerns, translator: Translator) -> str:
    """`2 files cannot be synced`."""
    count = concerns.troubles
    text = translator.ngettext(
        "{count} file cannot be synced", "{count} files cannot be synced", count
    )
    return text.format(count=count)


def copy(path: str, translator: Translator) -> str:
    """One conflict in a list of several kinds."""
    text = translator.gettext("Conflict: {name}")
    return text.format(name=shortened(last_part(path), LONGEST_COPY))


def detail(value: Trouble, translator: Translator) -> str:
    """One file that cannot be synced, and why."""
    name = shortened(last_part(value.path))
    if value.waits_for_room:
        return translator.gettext("Waits for room: {name}").format(name=name)
    text = translator.gettext("Not synced: {name}. {reason}")
    return text.format(name=name, reason=one_line(value.reason)).rstrip()
