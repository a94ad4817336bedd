"""What a person should know beside the state, as our own daemon counts it (`summary`).

Another daemon cannot tell; then there is nothing to know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from u1tray.status import concern_texts
from u1tray.status.texts import Translator
from u1tray.status.values import Concerns, Sparing
from u1tray.vocabulary.wire import number

_DAY_SECONDS = 86400.0
_SPARING = {one.value: one for one in Sparing}
_Sentence = Callable[[Concerns, Translator], str]
# The name in the summary, the sentence, the verb that tells more, and if a bar has room for it.
_KINDS: tuple[tuple[str, _Sentence, str, bool], ...] = (
    ("held", concern_texts.held, "held", True),
    ("troubles", concern_texts.troubles, "waiting", True),
    ("waiting_for_room", concern_texts.waiting_for_room, "waiting", False),
    ("spared", concern_texts.spared, "waiting", False),
    ("conflicts", concern_texts.conflicts, "conflicts", False),
)
NAMES = tuple(name for name, *_ in _KINDS)


def concerns_of(summary: Mapping[str, str]) -> Concerns:
    """The counts of a summary."""

    def count(name: str) -> int:
        return number(summary.get(name, "")) or 0

    return Concerns(
        held=count("held"),
        conflicts=count("conflicts"),
        waiting_for_room=count("waiting_for_room"),
        troubles=count("troubles"),
        spared=count("spared"),
        sparing=_SPARING.get(summary.get("sparing", ""), Sparing.NETWORK),
    )


def lines(concerns: Concerns, translator: Translator) -> Sequence[tuple[str, str]]:
    """A sentence for each kind that there is, and the verb that tells more about it."""
    return [
        (sentence(concerns, translator), verb)
        for name, sentence, verb, _ in _KINDS
        if getattr(concerns, name)
    ]


def headline(concerns: Concerns, translator: Translator) -> str:
    """What waits for a person, for where there is one line; empty if nothing does."""
    found = [
        sentence(concerns, translator)
        for name, sentence, _, is_urgent in _KINDS
        if is_urgent and getattr(concerns, name)
    ]
    return ", ".join(found)


def clock(moment: str) -> str:
    """An RFC 3339 time as a person reads it here: with its day if it is not soon."""
    try:
        found = datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return ""
    is_soon = found.timestamp() - time.time() < _DAY_SECONDS
    return found.strftime("%H:%M" if is_soon else "%Y-%m-%d %H:%M")
