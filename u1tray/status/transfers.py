"""Running transfers and recent files (D-Bus contract, T23, T29).

Transfers exist only while the daemon is online. What signals told is compared with the daemon's
own lists now and then, since a Started may have no Finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from u1tray.status.commands import AskRecent, AskTransfers, Command
from u1tray.status.deadlines import due
from u1tray.status.values import Direction, Transfer
from u1tray.vocabulary import names

COMPARE_SECONDS = 30.0
RECENT_FILES = 5

Key = tuple[Direction, str]


@dataclass(frozen=True)
class Transfers:
    """`running` by direction and path. `asked` holds what was running when the daemon was asked.

    `finished` are those that ended since. `recent` are paths, newest first, and outlive owners.
    """

    running: Mapping[Key, Transfer] = field(default_factory=dict)
    recent: tuple[str, ...] = ()
    compare_at: float | None = None
    asked: frozenset[Key] | None = None
    finished: frozenset[Key] = frozenset()
    online: bool = False
    asked_recent: bool = False
    unlisted: bool = False

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.compare_at,)

    @property
    def ordered(self) -> tuple[Transfer, ...]:
        """In the order they started."""
        return tuple(self.running.values())


def owner_changed(transfers: Transfers) -> Transfers:
    """Forget all but the recent files (T3); members may exist again (T29)."""
    return Transfers(recent=transfers.recent)


def started(transfers: Transfers, direction: Direction, path: str) -> Transfers:
    """A transfer begins, or begins anew."""
    return _with(transfers, Transfer(direction, path))


def progressed(transfers: Transfers, transfer: Transfer) -> Transfers:
    """Bytes moved; also the first that a tray started later hears of a transfer."""
    known = transfers.running.get((transfer.direction, transfer.path))
    if known is not None and transfer.size is None:
        transfer = replace(transfer, size=known.size)
    return transfers if transfer == known else _with(transfers, transfer)


def _with(transfers: Transfers, transfer: Transfer) -> Transfers:
    if not transfers.online:
        return transfers
    key = (transfer.direction, transfer.path)
    return replace(
        transfers,
        running={**transfers.running, key: transfer},
        finished=transfers.finished - {key} if transfers.finished else transfers.finished,
    )


def finished(transfers: Transfers, direction: Direction, path: str, error: str) -> Transfers:
    """A transfer ended; a good one makes its file recent."""
    key = (direction, path)
    if not error:
        transfers = replace(transfers, recent=_recent((path, *transfers.recent)))
    if transfers.asked is not None:
        transfers = replace(transfers, finished=transfers.finished | {key})
    if key not in transfers.running:
        return transfers
    left = {k: t for k, t in transfers.running.items() if k != key}
    return replace(transfers, running=left)


def _recent(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))[:RECENT_FILES]


def listed(transfers: Transfers, answer: tuple[Transfer, ...]) -> Transfers:
    """The daemon's own list: drop what it does not know, keep what began after the question."""
    if not transfers.online:
        return replace(transfers, asked=None, finished=frozenset())
    asked = transfers.asked or frozenset()
    told = {(t.direction, t.path): t for t in answer}
    kept = {k: t for k, t in transfers.running.items() if k in told or k not in asked}
    for key, transfer in told.items():
        if key not in transfers.finished:
            kept[key] = _newest(kept.get(key), transfer)
    return replace(transfers, running=kept, asked=None, finished=frozenset())


def _newest(known: Transfer | None, told: Transfer) -> Transfer:
    if known is None:
        return told
    size = known.size if told.size is None else told.size
    return replace(told, size=size, written=max(known.written, told.written))


def list_failed(transfers: Transfers, error: str) -> Transfers:
    """No answer: what was heard stays; a member that does not exist is not asked again (T29)."""
    unlisted = transfers.unlisted or error == names.UNKNOWN_METHOD
    return replace(transfers, asked=None, finished=frozenset(), unlisted=unlisted)


def doubted(transfers: Transfers, now: float) -> Transfers:
    """Something failed, and what will be tried again has no Finished: compare at once (10.4)."""
    return replace(transfers, compare_at=now) if transfers.running else transfers


def recent_told(transfers: Transfers, paths: tuple[str, ...]) -> Transfers:
    """sync_menu's list, newest last: older than what we saw ourselves."""
    return replace(transfers, recent=_recent((*transfers.recent, *reversed(paths))))


def advance(
    transfers: Transfers, owner: str, *, present: bool, online: bool, now: float
) -> tuple[Transfers, tuple[Command, ...]]:
    """Follow presence and being online; ask for the lists when they are due."""
    commands: tuple[Command, ...] = ()
    if present and not transfers.asked_recent:
        transfers = replace(transfers, asked_recent=True)
        commands = (AskRecent(owner),)
    if not online:
        return _offline(transfers), commands
    came_online = not transfers.online
    if came_online:
        transfers = replace(transfers, online=True)
    if came_online or due(transfers.compare_at, now):
        transfers, asking = _ask(transfers, owner)
        commands += asking
    return _schedule(transfers, now), commands


def _offline(transfers: Transfers) -> Transfers:
    if not transfers.online:
        return transfers
    return replace(
        transfers,
        running={},
        compare_at=None,
        asked=None,
        finished=frozenset(),
        online=False,
    )


def _ask(transfers: Transfers, owner: str) -> tuple[Transfers, tuple[Command, ...]]:
    transfers = replace(transfers, compare_at=None)
    if transfers.unlisted or transfers.asked is not None:
        return transfers, ()
    asked = frozenset(transfers.running)
    return replace(transfers, asked=asked, finished=frozenset()), (AskTransfers(owner),)


def _schedule(transfers: Transfers, now: float) -> Transfers:
    wanted = bool(transfers.running) and not transfers.unlisted
    if wanted == (transfers.compare_at is not None):
        return transfers
    return replace(transfers, compare_at=now + COMPARE_SECONDS if wanted else None)
