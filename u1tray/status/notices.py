"""Which notifications are shown and taken back (issue of the day: at most one a kind in 5 min).

Tells what a person must know and did not do himself; says nothing twice in an episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from u1tray.status.commands import Command, Notice, Notify, Withdraw
from u1tray.status.deadlines import earliest

LEAST_SECONDS = 300.0
"""Between two bubbles of one kind."""


@dataclass(frozen=True)
class Notices:
    """`told`: when a kind was last shown. `up`: bubbles whose reason holds, with their name.

    `known`: conditions already told of, or caused by the person, in this episode.
    `waiting`: conditions that hold but must wait for their turn.
    """

    told: Mapping[Notice, float] = field(default_factory=dict)
    up: Mapping[Notice, str] = field(default_factory=dict)
    known: frozenset[Notice] = frozenset()
    waiting: frozenset[Notice] = frozenset()
    shares: frozenset[str] = frozenset()

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (earliest(self.told[n] + LEAST_SECONDS for n in self.waiting if n in self.told),)


Result = tuple[Notices, tuple[Command, ...]]


def happened(notices: Notices, notice: Notice, name: str, now: float) -> Result:
    """A single event worth a bubble: shown if its kind's turn has come, else dropped."""
    return told_of(notices, Notify(notice, name), now)


def told_of(notices: Notices, notify: Notify, now: float) -> Result:
    """The same for a bubble with more in it."""
    if not _may(notices, notify.notice, now):
        return notices, ()
    return _tell(notices, notify, now)


def due(notices: Notices, notify: Notify, now: float) -> Result:
    """The same for a bubble that waits for its turn: to be called again until it is shown."""
    if not _may(notices, notify.notice, now):
        return _wait(notices, notify.notice), ()
    return _tell(given_up(notices, notify.notice), notify, now)


def given_up(notices: Notices, notice: Notice) -> Notices:
    """A kind that waits no longer."""
    if notice not in notices.waiting:
        return notices
    return replace(notices, waiting=notices.waiting - {notice})


def answered(notices: Notices, notice: Notice, name: str, now: float) -> Result:
    """The answer to the person's own request: always shown."""
    return answered_with(notices, Notify(notice, name), now)


def answered_with(notices: Notices, notify: Notify, now: float) -> Result:
    """The same for a bubble with more in it."""
    return _tell(notices, notify, now)


def share_full(notices: Notices, volume_id: str, name: str, now: float) -> Result:
    """Somebody else's share is over quota (8.1): a notice, once per share."""
    if volume_id in notices.shares or not _may(notices, Notice.STORAGE_FULL, now):
        return notices, ()
    notices = replace(notices, shares=notices.shares | {volume_id})
    return happened(notices, Notice.STORAGE_FULL, name, now)


def settled(notices: Notices, notice: Notice, name: str | None = None) -> Result:
    """The reason of a bubble is gone (`name`: only if it is that one's)."""
    if notice not in notices.up or (name is not None and notices.up[notice] != name):
        return notices, ()
    left = {n: text for n, text in notices.up.items() if n is not notice}
    return replace(notices, up=left), (Withdraw(notice),)


def holds(notices: Notices, notify: Notify, condition: bool, own: bool, now: float) -> Result:
    """A condition as it is now. `own`: the person brought it about himself."""
    notice = notify.notice
    if not condition:
        return _ended(notices, notice)
    if notice in notices.known:
        return notices, ()
    if not own and not _may(notices, notice, now):
        return _wait(notices, notice), ()
    known = replace(notices, known=notices.known | {notice}, waiting=notices.waiting - {notice})
    return (known, ()) if own else _tell(known, notify, now)


def _ended(notices: Notices, notice: Notice) -> Result:
    if notice not in notices.known and notice not in notices.waiting:
        return notices, ()
    rest = replace(notices, known=notices.known - {notice}, waiting=notices.waiting - {notice})
    return settled(rest, notice)


def _wait(notices: Notices, notice: Notice) -> Notices:
    if notice in notices.waiting:
        return notices
    return replace(notices, waiting=notices.waiting | {notice})


def owner_changed(notices: Notices) -> Notices:
    """Another daemon: its shares are told of anew."""
    return replace(notices, shares=frozenset()) if notices.shares else notices


def _may(notices: Notices, notice: Notice, now: float) -> bool:
    told = notices.told.get(notice)
    return told is None or now >= told + LEAST_SECONDS


def _tell(notices: Notices, notify: Notify, now: float) -> Result:
    told = {**notices.told, notify.notice: now}
    up = {**notices.up, notify.notice: notify.name}
    return replace(notices, told=told, up=up), (notify,)
