"""What menu and status window both say, in words: the view of 8.3 written out.

Pure: no clock of its own, no widgets, and the sentences come from `status.texts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from u1tray.status import texts
from u1tray.status.names import shortened
from u1tray.status.texts import Translator
from u1tray.status.values import Action, Direction, Indicator, Transfer, View


@dataclass(frozen=True)
class TransferFact:
    """A running transfer. `percent` None: its size is not known."""

    direction: Direction
    path: str
    name: str
    percent: int | None
    text: str


@dataclass(frozen=True)
class RecentFact:
    """A file that was transferred: its path, its name for reading, and the folder it is in."""

    path: str
    name: str
    folder: str


@dataclass(frozen=True)
class Facts:
    """Everything there is to read, and the labels of what can be done."""

    indicator: Indicator
    sentence: str
    storage: str
    storage_percent: int | None
    transfers: tuple[TransferFact, ...]
    recent: tuple[RecentFact, ...]
    actions: tuple[tuple[Action, str], ...]
    description: str


def facts(view: View, translator: Translator, now: float) -> Facts:
    """The facts of a view in one language; `now` in the seconds of `Storage.asked_at`."""
    quota = view.storage.quota
    return Facts(
        indicator=view.indicator,
        sentence=texts.sentence(view, translator),
        storage=texts.storage(view.storage, now, translator),
        storage_percent=None if quota is None else quota.percent,
        transfers=tuple(_transfer(transfer, translator) for transfer in view.transfers),
        recent=tuple(_recent(path) for path in dict.fromkeys(view.recent)),
        actions=tuple((action, texts.action(action, translator)) for action in view.actions),
        description=view.description,
    )


def _transfer(transfer: Transfer, translator: Translator) -> TransferFact:
    text = texts.transfer(transfer, translator)
    name = shortened(_last_part(transfer.path))
    return TransferFact(transfer.direction, transfer.path, name, transfer.percent, text)


def _recent(path: str) -> RecentFact:
    return RecentFact(path, shortened(_last_part(path)), str(PurePath(path).parent))


def _last_part(path: str) -> str:
    return PurePath(path).name or path
