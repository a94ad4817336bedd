"""What an action or its outcome sets going in a turn (D-Bus contract, 8.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from u1tray.status import actions, connection, creds, notices, pause, presence
from u1tray.status.actions import LogInStep
from u1tray.status.commands import (
    ApplyHeld,
    ClearCredentials,
    Connect,
    Disconnect,
    EnableFilesSync,
    LogIn,
    Notice,
    OpenCloud,
    OpenFolder,
    OpenManual,
    Quit,
    RestoreHeld,
    SpareNothing,
    StartService,
)
from u1tray.status.events import ActionChosen
from u1tray.status.turn import Turn
from u1tray.status.values import Action, Creds, Startable
from u1tray.vocabulary.credentials import CredentialsErrorType
from u1tray.vocabulary.states import StateName

_CLEAR_FIRST = frozenset({StateName.AUTH_FAILED.value, StateName.ROOT_MISMATCH.value})
_ERRTYPES = frozenset(kind.value for kind in CredentialsErrorType)


def act(turn: Turn, chosen: ActionChosen) -> None:
    """A person chose an action: do what 8.4 says, as far as there is a daemon to do it with."""
    turn.put(
        creds=creds.worth_asking(turn.model.creds),
        flows=replace(
            turn.model.flows, restart_failed=False, stop_wanted=False, start_wanted=False
        ),
    )
    _STEPS[chosen.action](turn, chosen)


def start(turn: Turn, _: ActionChosen | None = None) -> None:
    """StartServiceByName; nothing more."""
    if turn.model.daemon.owner or not turn.model.daemon.bus:
        return
    turn.put(daemon=presence.start_asked(turn.model.daemon))
    turn.order(StartService())


def start_with_us(turn: Turn) -> None:
    """The setting "start file sync with me" (T1): once, when it is known that nothing runs."""
    daemon = turn.model.daemon
    if not turn.model.flows.start_wanted or not daemon.owner_told or not daemon.startable_told:
        return
    turn.put(flows=replace(turn.model.flows, start_wanted=False))
    if daemon.startable is Startable.YES:
        start(turn)


def stop(turn: Turn, _: ActionChosen | None = None) -> None:
    """`quit`; a daemon that is only starting is stopped as soon as it is there."""
    daemon = turn.model.daemon
    if daemon.owner:
        turn.put(daemon=replace(daemon, quitting=True))
        turn.order(Quit(daemon.owner))
    elif daemon.starting:
        turn.put(flows=replace(turn.model.flows, stop_wanted=True))


def restart(turn: Turn, _: ActionChosen | None = None) -> None:
    """`quit`; the start follows when the name is gone (`owner_went`)."""
    if not turn.model.daemon.owner:
        start(turn)
        return
    turn.put(flows=actions.restart(turn.model.flows, turn.now))
    stop(turn)


def connect(turn: Turn, _: ActionChosen | None = None) -> None:
    """`connect`, then T6; it ends a pause."""
    owner = turn.model.daemon.owner
    turn.put(pause=pause.OFF)
    if not owner:
        return
    turn.put(
        connecting=connection.unsettled(turn.model.connecting, turn.now),
        flows=replace(turn.model.flows, own_disconnect=False),
    )
    turn.order(Connect(owner))


def disconnect(turn: Turn, _: ActionChosen | None = None) -> None:
    """`disconnect`, then T6."""
    owner = turn.model.daemon.owner
    if not owner:
        return
    turn.put(
        connecting=connection.unsettled(turn.model.connecting, turn.now),
        flows=replace(turn.model.flows, own_disconnect=True),
    )
    turn.order(Disconnect(owner))


def _pause(turn: Turn, chosen: ActionChosen) -> None:
    if turn.model.daemon.owner:
        turn.put(pause=pause.begin(chosen.seconds, chosen.until, turn.now))
        disconnect(turn)


def _turn_on(turn: Turn, _: ActionChosen) -> None:
    turn.order(EnableFilesSync())


def _log_in(turn: Turn, _: ActionChosen) -> None:
    state = turn.model.daemon.present_state
    turn.take("notices", notices.settled(turn.model.notices, Notice.LOGIN_FAILED))
    if state is not None and state.name in _CLEAR_FIRST:
        turn.put(flows=actions.log_in(turn.model.flows, LogInStep.CLEARING, turn.now))
        turn.order(ClearCredentials())
    else:
        ask_log_in(turn)


def _unlock(turn: Turn, _: ActionChosen) -> None:
    turn.take("notices", notices.settled(turn.model.notices, Notice.LOGIN_FAILED))
    ask_log_in(turn)


def ask_log_in(turn: Turn) -> None:
    """`login`: from here on Found, Denied and CredentialsError are about our request."""
    turn.put(flows=actions.log_in(turn.model.flows, LogInStep.ASKED, turn.now))
    turn.order(LogIn())


def logged_in(turn: Turn) -> None:
    """Found, on our own request: restart what refused, connect what waits."""
    turn.put(flows=actions.log_in(turn.model.flows, LogInStep.NONE, turn.now))
    turn.take("notices", notices.settled(turn.model.notices, Notice.LOGIN_FAILED))
    state = turn.model.daemon.present_state
    if state is None:
        return
    if state.is_error:
        restart(turn)
    elif state.connection and not state.with_user:
        connect(turn)


def log_in_failed(turn: Turn, errtype: str, message: str = "") -> None:
    """Our own request ended badly (T18): say so once, with the reason as far as it is known.

    The real service may give the inner errtype as the message (9.3).
    """
    flows = turn.model.flows
    if flows.log_in is LogInStep.NONE:
        return
    turn.put(flows=actions.log_in(flows, LogInStep.NONE, turn.now))
    if errtype == CredentialsErrorType.GENERAL.value or errtype not in _ERRTYPES:
        errtype = message
    if creds.is_locked(errtype):
        turn.put(creds=creds.news(turn.model.creds, Creds.LOCKED))
    turn.take(
        "notices", notices.answered(turn.model.notices, Notice.LOGIN_FAILED, errtype, turn.now)
    )


def owner_went(turn: Turn) -> None:
    """The name is gone (T32): a restart goes on."""
    restarting = turn.model.flows.restarting
    turn.put(flows=actions.settled(turn.model.flows))
    if restarting:
        start(turn)


def owner_came(turn: Turn) -> None:
    """A daemon is there: stop it if that was wanted while it was starting."""
    stop_wanted = turn.model.flows.stop_wanted
    turn.put(flows=actions.settled(turn.model.flows))
    if stop_wanted:
        stop(turn)


def _apply_held(turn: Turn, chosen: ActionChosen) -> None:
    if turn.model.daemon.owner:
        turn.order(ApplyHeld(turn.model.daemon.owner, chosen.shown))


def _decide(command: type[RestoreHeld | SpareNothing]) -> Step:
    def step(turn: Turn, _: ActionChosen) -> None:
        if turn.model.daemon.owner:
            turn.order(command(turn.model.daemon.owner))

    return step


def _opener(command: type[OpenFolder | OpenCloud | OpenManual]) -> Step:
    return lambda turn, _: turn.order(command())


Step = Callable[[Turn, ActionChosen], None]

_STEPS: Mapping[Action, Step] = {
    Action.TURN_ON: _turn_on,
    Action.HELP: _opener(OpenManual),
    Action.START: start,
    Action.STOP: stop,
    Action.RESTART: restart,
    Action.LOG_IN: _log_in,
    Action.UNLOCK_KEYRING: _unlock,
    Action.CONNECT: connect,
    Action.DISCONNECT: disconnect,
    Action.PAUSE: _pause,
    Action.RESUME: connect,
    Action.OPEN_FOLDER: _opener(OpenFolder),
    Action.FREE_UP_SPACE: _opener(OpenCloud),
    Action.APPLY_HELD: _apply_held,
    Action.RESTORE_HELD: _decide(RestoreHeld),
    Action.SPARE_NOTHING: _decide(SpareNothing),
}
