"""What menu and status window both say, in words: the view of 8.3 written out.

Pure: no clock of its own, no widgets, and the sentences come from `status.texts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from u1tray.status import texts
from u1tray.status.names import last_part, shortened
from u1tray.status.texts import Translator
from u1tray.status.values import NO_CONCERNS, Action, Direction, Indicator, Transfer, View

if TYPE_CHECKING:
    from u1tray.tray.view.concerns import ConcernFacts


@dataclass(frozen=True)
class TransferFact:
    """A running transfer. `percent` None: its size is not known."""

    direction: Direction
    path: str
    name: str
    percent: int | None
    text: str


@dataclass(frozen=True)
class FileFact:
    """A file to choose: what is read of it, its path, and the folder it is in."""

    text: str
    path: str
    folder: str


@dataclass(frozen=True)
class Facts:
    """Everything there is to read, and the labels of what can be done."""

    indicator: Indicator
    sentence: str
    storage: str
    storage_percent: int | None
    transfers: tuple[TransferFact, ...]
    recent: tuple[FileFact, ...]
    actions: tuple[tuple[Action, str], ...]
    description: str
    concerns: ConcernFacts | None = None


def facts(view: View, translator: Translator, now: float) -> Facts:
    """The facts of a view in one language; `now` in the seconds of `Storage.asked_at`."""
    quota = view.storage.quota
    return Facts(
        indicator=view.indicator,
        sentence=texts.sentence(view, translator),
        storage=texts.storage(view.storage, now, translator),
        storage_percent=None if quota is None else quota.percent,
        transfers=tuple(_transfer(transfer, translator) for transfer in view.transfers),
        recent=tuple(
            file_fact(shortened(last_part(path)), path) for path in dict.fromkeys(view.recent)
        ),
        actions=tuple((action, texts.action(action, translator)) for action in view.actions),
        description=view.description,
        concerns=_concerns(view, translator),
    )


def _concerns(view: View, translator: Translator) -> ConcernFacts | None:
    if view.concerns == NO_CONCERNS:
        return None
    from u1tray.tray.view.concerns import concern_facts  # noqa: PLC0415 - hardly anybody has any

    return concern_facts(view.concerns, translator)


def _transfer(transfer: Transfer, translator: Translator) -> TransferFact:
    text = texts.transfer(transfer, translator)
    name = shortened(last_part(transfer.path))
    return TransferFact(transfer.direction, transfer.path, name, transfer.percent, text)


def file_fact(text: str, path: str) -> FileFact:
    """A file under a text of its own."""
    return FileFact(text, path, str(PurePath(path).parent))
