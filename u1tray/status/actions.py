"""What an action sets going, step by step (D-Bus contract, 8.4, T18 to T20, T26, T27, T32).

Only what a person chose leads here, so `connect` and `login` may open a window (T26).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from u1tray.status.deadlines import due

RESTART_SECONDS = 15.0
"""How long the old daemon's name may take to go."""
CLEAR_SECONDS = 60.0
"""The reply's 30 s and as long for the signal."""
LOG_IN_SECONDS = 3600.0
"""How long a log-in window may stay open and still be our request."""


class LogInStep(Enum):
    """Where our own log-in request is."""

    NONE = "none"
    CLEARING = "clearing"
    ASKED = "asked"


@dataclass(frozen=True)
class Flows:
    """What is under way. `stop_wanted`: stop the daemon as soon as it is there.

    `start_wanted`: the setting "start file sync with me", until it is known whether to.

    `own_disconnect`: the daemon is `Not User` because the person said so here.
    """

    log_in: LogInStep = LogInStep.NONE
    log_in_until: float | None = None
    restart_until: float | None = None
    restart_failed: bool = False
    stop_wanted: bool = False
    start_wanted: bool = False
    own_disconnect: bool = False

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.log_in_until, self.restart_until)

    @property
    def restarting(self) -> bool:
        return self.restart_until is not None


def log_in(flows: Flows, step: LogInStep, now: float) -> Flows:
    """The log-in request enters a step, or ends with NONE."""
    limits = {LogInStep.CLEARING: CLEAR_SECONDS, LogInStep.ASKED: LOG_IN_SECONDS}
    until = now + limits[step] if step in limits else None
    return replace(flows, log_in=step, log_in_until=until)


def restart(flows: Flows, now: float) -> Flows:
    """`quit` was sent and the name must go."""
    return replace(flows, restart_until=now + RESTART_SECONDS, restart_failed=False)


def settled(flows: Flows) -> Flows:
    """Nothing waits for the daemon any more; the log-in request goes on."""
    return replace(
        flows,
        restart_until=None,
        restart_failed=False,
        stop_wanted=False,
        own_disconnect=False,
    )


def advance(flows: Flows, now: float) -> tuple[Flows, bool]:
    """Let time-outs take effect; whether clearing was given up."""
    if due(flows.restart_until, now):
        flows = replace(flows, restart_until=None, restart_failed=True)
    if not due(flows.log_in_until, now):
        return flows, False
    gave_up = flows.log_in is LogInStep.CLEARING
    return replace(flows, log_in=LogInStep.NONE, log_in_until=None), gave_up
