"""Deciding: `update` takes one event, `next_wake` says when a Tick is due, `present` what to show.

With `initial` the only entry of this room beside `texts`. Makes no calls and reads no clock.
"""

from __future__ import annotations

from dataclasses import replace

from u1tray.status import events
from u1tray.status.commands import Command
from u1tray.status.deadlines import due, earliest
from u1tray.status.follow import advance
from u1tray.status.hearing import HANDLERS
from u1tray.status.model import Model, initial
from u1tray.status.turn import Turn
from u1tray.status.values import View

__all__ = ["Model", "initial", "next_wake", "present", "update"]


def update(model: Model, event: events.Event, now: float) -> tuple[Model, tuple[Command, ...]]:
    """The model after an event, and what to do. `now`: seconds of a clock that never goes back."""
    if _says_nothing(model, event, now):
        return model, ()
    turn = Turn(model, now)
    HANDLERS[type(event)](turn, event)
    advance(turn)
    return turn.model, tuple(turn.commands)


def next_wake(model: Model) -> float | None:
    """When the next Tick is due, as a point of `now`; None while nothing is pending."""
    return earliest(model.wakes)


def present(model: Model) -> View:
    """What to show now: the settled picture and the storage."""
    return replace(model.settling.shown, storage=model.account.storage)


def _says_nothing(model: Model, event: events.Event, now: float) -> bool:
    """T13: an equal dict does nothing, and costs nothing."""
    if type(event) is not events.StatusChanged or event.state != model.daemon.state:
        return False
    return not (model.daemon.mute or model.daemon.timeouts or due(next_wake(model), now))
