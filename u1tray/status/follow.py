"""What follows in every turn from the clock and from the parts themselves, in a fixed order."""

from __future__ import annotations

from dataclasses import replace

from u1tray.status import (
    actions,
    busy,
    concerns,
    connection,
    creds,
    notices,
    pause,
    presence,
    settling,
    steps,
    storage,
    transfers,
)
from u1tray.status import over_quota as quota_test
from u1tray.status.actions import LogInStep
from u1tray.status.commands import Notice, Notify
from u1tray.status.concerns import Watch
from u1tray.status.model import Model
from u1tray.status.names import last_part
from u1tray.status.presentation import NO_STATE, Inputs, look
from u1tray.status.turn import Turn
from u1tray.status.values import Indicator, Sentence, View
from u1tray.vocabulary.states import DaemonState, StateName


def advance(turn: Turn) -> None:
    """Let every part follow the daemon and the clock, those that others depend on first."""
    turn.take("daemon", presence.advance(turn.model.daemon, turn.now))
    steps.start_with_us(turn)
    _follow_connection(turn)
    _follow_transfers(turn)
    _follow_concerns(turn)
    _follow_account(turn)
    ghost = turn.model.daemon.ghost_until is not None
    turn.put(settling=settling.advance(turn.model.settling, _picture(turn.model), ghost, turn.now))
    _follow_notices(turn)


def _follow_connection(turn: Turn) -> None:
    state = turn.model.daemon.present_state
    owner = turn.model.daemon.owner
    turn.put(pause=pause.observed(turn.model.pause, state))
    if pause.is_over(turn.model.pause, turn.now):
        turn.put(pause=pause.OFF)
        if _is_not_user(state):
            steps.connect(turn)
    flows, gave_up = actions.advance(turn.model.flows, turn.now)
    if gave_up:
        steps.log_in_failed(turn, "")
        flows, _ = actions.advance(turn.model.flows, turn.now)
    turn.put(flows=flows)
    turn.take("connecting", connection.advance(turn.model.connecting, owner, state, turn.now))
    not_user = _is_not_user(state) and not turn.model.pause.on
    turn.take("creds", creds.advance(turn.model.creds, not_user=not_user, now=turn.now))


def _follow_transfers(turn: Turn) -> None:
    daemon, now = turn.model.daemon, turn.now
    state = daemon.present_state
    online = daemon.online
    working = state is not None and state.is_busy
    turn.take(
        "transfers",
        transfers.advance(
            turn.model.transfers, daemon.owner, present=state is not None, online=online, now=now
        ),
    )
    transferring = bool(turn.model.transfers.running)
    turn.take(
        "quota_test",
        quota_test.advance(
            turn.model.quota_test,
            daemon.owner,
            online=online,
            working=working,
            transferring=transferring,
            now=now,
        ),
    )
    over_quota = bool(turn.model.quota_test.over)
    turn.put(
        busy=busy.advance(
            turn.model.busy,
            online=online,
            working=working,
            transferring=transferring,
            over_quota=over_quota,
            now=now,
        )
    )


def _follow_concerns(turn: Turn) -> None:
    daemon = turn.model.daemon
    present = daemon.present_state is not None
    turn.take(
        "watch",
        concerns.advance(
            turn.model.watch, daemon.owner, present=present, online=daemon.online, now=turn.now
        ),
    )


def _follow_account(turn: Turn) -> None:
    model = turn.model
    turn.take(
        "account",
        storage.advance(
            model.account,
            online=model.daemon.online,
            busy=model.busy.on,
            transferring=bool(model.transfers.running),
            now=turn.now,
        ),
    )


def _is_not_user(state: DaemonState | None) -> bool:
    if state is None or state.is_error or state.name == StateName.SHUTDOWN.value:
        return False
    return state.connection.startswith("Not User")


def _inputs(model: Model) -> Inputs:
    return Inputs(
        presence=model.daemon.presence,
        startable=model.daemon.startable,
        state=model.daemon.state or NO_STATE,
        transfers=model.transfers.ordered,
        busy=model.busy.on,
        over_quota=bool(model.quota_test.over),
        creds=model.creds.value,
        paused=model.pause.on,
        until=model.pause.until,
        unreachable=model.connecting.unreachable,
    )


def _picture(model: Model) -> View:
    view = replace(
        look(_inputs(model)), recent=model.transfers.recent, concerns=model.watch.concerns
    )
    if model.flows.restart_failed:
        return replace(view, sentence=Sentence.RESTART_FAILED)
    return view


def _follow_notices(turn: Turn) -> None:
    model, now = turn.model, turn.now
    shown = model.settling.shown.indicator
    disconnected = model.flows.own_disconnect and _is_not_user(model.daemon.present_state)
    own_log_in = model.flows.log_in is not LogInStep.NONE or disconnected
    conditions = (
        (Notice.NEEDS_LOGIN, shown is Indicator.NEEDS_LOGIN, own_log_in),
        (Notice.SYNC_ERROR, shown is Indicator.ERROR, model.flows.restarting),
        (Notice.STORAGE_FULL, bool(model.quota_test.over), False),
    )
    for notice, condition, own in conditions:
        held = notices.holds(turn.model.notices, Notify(notice), condition, own, now)
        turn.take("notices", held)
    if model.watch.told is not None:
        _tell_concerns(turn, model.watch)


def _tell_concerns(turn: Turn, watch: Watch) -> None:
    """Held deletions once, each new conflict once; a daemon that has gone ends no episode."""
    now, found = turn.now, watch.concerns
    bubble = Notify(Notice.HELD_DELETIONS, count=found.held, lost_in=found.lost_in)
    held = notices.holds(turn.model.notices, bubble, found.held > 0, False, now)
    turn.take("notices", held)
    if not found.conflicts:
        turn.take("notices", notices.settled(turn.model.notices, Notice.CONFLICT))
    if not watch.untold:
        turn.take("notices", (notices.given_up(turn.model.notices, Notice.CONFLICT), ()))
        return
    name = last_part(min(watch.untold))
    bubble = Notify(Notice.CONFLICT, name, count=len(watch.untold))
    known, commands = notices.due(turn.model.notices, bubble, now)
    turn.take("notices", (known, commands))
    if commands:
        turn.put(watch=concerns.conflicts_told(turn.model.watch))
