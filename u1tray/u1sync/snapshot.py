"""One look at the daemon: everything the table of 8.3 needs, asked once and starting nothing.

Not asked is what would start something: the stored credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from u1tray.bus import owners, sync, syncdaemon
from u1tray.bus.blocking import call, open_session
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.status.presentation import Inputs, look
from u1tray.status.values import (
    NO_CONCERNS,
    Concerns,
    Creds,
    Direction,
    Presence,
    Startable,
    Transfer,
    View,
)
from u1tray.u1sync.concerns import clock, concerns_of
from u1tray.u1sync.switch import is_switched_off
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import ContractError, NotFoundError, OfflineError, U1Error
from u1tray.vocabulary.states import DaemonState
from u1tray.vocabulary.wire import number, truth

ROOT_VOLUME = ""

Queue = Sequence[tuple[str, str, Mapping[str, str]]]


@dataclass(frozen=True)
class Snapshot:
    """What was found. `waiting` is the number of commands in the queue.

    `concerns` and `paused_until` (RFC 3339, empty: none) are known of our own daemon only.
    """

    inputs: Inputs
    waiting: int = 0
    concerns: Concerns = NO_CONCERNS
    paused_until: str = ""

    @property
    def view(self) -> View:
        """What it looks like; also to the indicator, once that has settled (8.2)."""
        return look(self.inputs)


def take() -> Snapshot:
    """Look once. Never raises for a bus or a daemon that is not there: that is an answer."""
    try:
        bus = open_session()
    except OfflineError:
        return Snapshot(Inputs(presence=Presence.NO_BUS))
    try:
        return _take_from(bus)
    finally:
        bus.close()


def is_running(bus: Bus) -> bool:
    """Whether somebody owns SyncDaemon's name."""
    return bool(call(bus, owners.NAME_HAS_OWNER, names.SYNCDAEMON))


def state_of(bus: Bus) -> DaemonState:
    """current_status. Raises the families' errors."""
    found = call(bus, syncdaemon.CURRENT_STATUS)
    if not isinstance(found, Mapping):
        text = "the daemon did not say its state"
        raise ContractError(text)
    return DaemonState.from_wire(found)


def _take_from(bus: Bus) -> Snapshot:
    try:
        activatable = frozenset(call(bus, owners.LIST_ACTIVATABLE_NAMES))
        if not is_running(bus):
            return Snapshot(Inputs(Presence.ABSENT, _startable(activatable)))
        creds = _creds(bus, activatable)
    except U1Error:
        return Snapshot(Inputs(presence=Presence.NO_BUS))
    try:
        state = state_of(bus)
    except NotFoundError:  # gone between two questions
        return Snapshot(Inputs(Presence.ABSENT, _startable(activatable)))
    except ContractError:  # the name is there before the objects (T5)
        return Snapshot(Inputs(Presence.STARTING))
    except U1Error:
        return Snapshot(Inputs(Presence.MUTE))
    return _with_more(bus, _look_closer(bus, Inputs(Presence.PRESENT, state=state, creds=creds)))


def _startable(activatable: frozenset[Any]) -> Startable:
    if names.SYNCDAEMON not in activatable:
        return Startable.NO
    return Startable.OFF if is_switched_off() else Startable.YES


def _creds(bus: Bus, activatable: frozenset[Any]) -> Creds:
    there = names.CREDENTIALS in activatable or call(bus, owners.NAME_HAS_OWNER, names.CREDENTIALS)
    return Creds.UNKNOWN if there else Creds.UNAVAILABLE


def _look_closer(bus: Bus, inputs: Inputs) -> Snapshot:
    queue: Queue = _ask(bus, syncdaemon.WAITING)
    if not inputs.state.is_online:
        return Snapshot(inputs, len(queue))
    transfers = (
        *_transfers(Direction.UPLOAD, _ask(bus, syncdaemon.CURRENT_UPLOADS), "n_bytes_written"),
        *_transfers(Direction.DOWNLOAD, _ask(bus, syncdaemon.CURRENT_DOWNLOADS), "n_bytes_read"),
    )
    over_quota = _is_over_quota(bus, queue)
    busy = bool(transfers) or (inputs.state.is_busy and not over_quota)
    seen = replace(inputs, transfers=transfers, busy=busy, over_quota=over_quota)
    return Snapshot(seen, len(queue))


def _with_more(bus: Bus, seen: Snapshot) -> Snapshot:
    """What our own daemon tells beside the contract."""
    try:
        found = call(bus, sync.SUMMARY)
    except U1Error:
        return seen
    if not isinstance(found, Mapping):
        return seen
    until = found.get("paused_until", "")
    is_paused = truth(found.get("paused", ""))
    inputs = replace(seen.inputs, paused=is_paused, until=clock(until))
    return replace(seen, inputs=inputs, concerns=concerns_of(found), paused_until=until)


def _ask(bus: Bus, method: Method) -> Any:
    """A list the daemon answers; empty where it does not (T29)."""
    try:
        found = call(bus, method)
    except U1Error:
        return []
    return found if isinstance(found, list | tuple) else []


def _transfers(direction: Direction, found: Iterable[Any], key: str) -> list[Transfer]:
    return [
        Transfer(
            direction,
            str(one.get("path", "")),
            number(one.get(key, "")) or 0,
            number(one.get("deflated_size", "")),
        )
        for one in found
        if isinstance(one, Mapping)
    ]


def _is_over_quota(bus: Bus, queue: Queue) -> bool:
    """The quota test of 8.2 for the root volume."""
    sizes = [
        number(data.get("size", "")) or 0
        for name, _id, data in queue
        if name == "Upload"
        and data.get("share_id", "") == ROOT_VOLUME
        and not truth(data.get("running", ""))
    ]
    if not sizes:
        return False
    try:
        free = call(bus, syncdaemon.FREE_SPACE, ROOT_VOLUME)
    except U1Error:
        return False
    return isinstance(free, int) and max(sizes) > free
