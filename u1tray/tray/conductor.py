"""Runs the mind: one event after another in, commands and views out, and one alarm.

No poll: while nothing is due there is no timer at all. Bounded work a turn of the loop, so that
a storm of signals leaves the menu usable.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PyQt5.QtCore import QTimer

from u1tray.status.commands import Command
from u1tray.status.events import Event, Tick
from u1tray.status.mind import Model, next_wake, present, update
from u1tray.status.values import View
from u1tray.tray import clock
from u1tray.tray.inbox import Inbox
from u1tray.tray.surface.qtnumbers import PRECISE_TIMER

EVENTS_A_TURN = 50
TURN_MS = 25
"""The least time between two turns that follow each other: what comes meanwhile is merged."""
SHORTEST_ALARM_MS = 10
LONGEST_ALARM_MS = 24 * 3600 * 1000


def _single_shot(then: Callable[[], None]) -> QTimer:
    timer = QTimer()
    timer.setSingleShot(True)
    timer.setTimerType(PRECISE_TIMER)  # a coarse one may come early, and then once more
    timer.timeout.connect(then)
    return timer


class Conductor:
    """Holds the model. `on_view` is called when what is to be seen has changed, and only then."""

    def __init__(
        self,
        model: Model,
        execute: Callable[[Command], None],
        on_view: Callable[[View], None],
    ) -> None:
        self._model = model
        self._execute = execute
        self._on_view = on_view
        self._inbox = Inbox()
        self._is_closed = False
        self._last_turn = -math.inf
        self._turn = _single_shot(self._take_turn)
        self._alarm = _single_shot(lambda: self.feed(Tick()))
        self.view = present(model)

    @property
    def model(self) -> Model:
        """What is known now."""
        return self._model

    def feed(self, event: Event) -> None:
        """Take an event in; it is dealt with from the loop, in order."""
        if self._is_closed:
            return
        self._inbox.put(event)
        if not self._turn.isActive():
            since_ms = 1000 * (clock.now() - self._last_turn)
            self._turn.start(0 if since_ms >= TURN_MS else math.ceil(TURN_MS - since_ms))

    def close(self) -> None:
        """Deal with nothing any more, also of what comes until the loop has ended."""
        self._is_closed = True
        self._turn.stop()
        self._alarm.stop()

    def _take_turn(self) -> None:
        now = clock.now()
        try:
            for _number in range(EVENTS_A_TURN):
                for event in self._inbox.take(1):
                    self._apply(event, now)
            self._show()
        finally:
            # Also after an unforeseen exception: one event is lost then, and nothing else.
            self._last_turn = clock.now()
            if not self._is_closed:
                if self._inbox:
                    self._turn.start(0)
                self._set_alarm()

    def _apply(self, event: Event, now: float) -> None:
        self._model, commands = update(self._model, event, now)
        for command in commands:
            self._execute(command)

    def _show(self) -> None:
        view = present(self._model)
        if view != self.view and not self._is_closed:
            self.view = view
            self._on_view(view)

    def _set_alarm(self) -> None:
        wake = next_wake(self._model)
        if wake is None:
            self._alarm.stop()
            return
        due_ms = math.ceil(1000 * (wake - clock.now()))
        self._alarm.start(min(max(due_ms, SHORTEST_ALARM_MS), LONGEST_ALARM_MS))
