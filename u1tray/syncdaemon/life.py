"""Runs the state machine: performs its effects in order, with timers and one attempt a time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from u1tray.rest.retries import backoff_seconds
from u1tray.syncdaemon.machine import (
    LONGEST_RETRY_DELAY_SECONDS,
    Announce,
    Attempt,
    Effect,
    Elapsed,
    Event,
    Machine,
    StartRetryTimer,
    StartTimer,
    Step,
    StopTimer,
    Timer,
)
from u1tray.syncdaemon.transitions import step
from u1tray.vocabulary.states import DaemonState

_log = logging.getLogger(__name__)

LEAVE_TIMEOUT_SECONDS = 3.0


class Life:
    """A machine that lives. `feed` is the only way in; nothing waits in it.

    `attempt` connects and stays connected, reporting through `feed`, until it is cancelled or
    returns; what it raises is an internal error and goes to `failed`.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        announce: Callable[[DaemonState], None],
        attempt: Callable[[], Coroutine[Any, Any, None]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.machine = machine
        self._announce = announce
        self._make_attempt = attempt
        self._failed = failed
        self._attempt: asyncio.Task[None] | None = None
        self._timers: dict[Timer, asyncio.TimerHandle] = {}

    def feed(self, event: Event) -> None:
        """Let something happen."""
        self.machine, effects = step(self.machine, event)
        for effect in effects:
            self._perform(effect)

    async def leave(self) -> None:
        """Wait until the last attempt is over, but not for ever."""
        for timer in list(self._timers):
            self._stop_timer(timer)
        if self._attempt is not None:
            self._attempt.cancel()
            _, running = await asyncio.wait({self._attempt}, timeout=LEAVE_TIMEOUT_SECONDS)
            if running:
                _log.warning("the connection did not end in time")

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, Announce):
            _log.info("%s, %s, %s", effect.state.name, effect.state.queues, effect.state.connection)
            self._announce(effect.state)
        elif isinstance(effect, StartTimer):
            self._start_timer(effect.timer, effect.seconds)
        elif isinstance(effect, StartRetryTimer):
            draw = random.random()  # noqa: S311 - spreads clients, protects nothing
            delay = backoff_seconds(effect.failures, draw, LONGEST_RETRY_DELAY_SECONDS)
            self._start_timer(Timer.RETRY, max(delay, effect.at_least_seconds))
        elif isinstance(effect, StopTimer):
            self._stop_timer(effect.timer)
        elif effect is Attempt.START:
            self._start_attempt()
        else:
            self._end_attempt()

    def _start_timer(self, timer: Timer, seconds: float) -> None:
        self._stop_timer(timer)
        loop = asyncio.get_running_loop()
        self._timers[timer] = loop.call_later(seconds, self._on_timer, timer)

    def _on_timer(self, timer: Timer) -> None:
        del self._timers[timer]
        self.feed(Elapsed(timer))

    def _stop_timer(self, timer: Timer) -> None:
        running = self._timers.pop(timer, None)
        if running is not None:
            running.cancel()

    def _start_attempt(self) -> None:
        self._attempt = asyncio.ensure_future(self._run_attempt(self._attempt))

    async def _run_attempt(self, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        try:
            await self._make_attempt()
        except Exception as error:
            self._failed(error)

    def _end_attempt(self) -> None:
        loop = asyncio.get_running_loop()
        if self._attempt is None or self._attempt.done():
            loop.call_soon(self.feed, Step.ENDED)
            return
        self._attempt.add_done_callback(lambda _task: self.feed(Step.ENDED))
        self._attempt.cancel()
