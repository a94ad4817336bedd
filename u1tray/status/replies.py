"""How the answer to each command is taken: the value of `Replied`, the error of `Failed`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from u1tray.status import concerns, connection, creds, notices, presence, steps, transfers
from u1tray.status import over_quota as quota_test
from u1tray.status.commands import (
    ApplyHeld,
    AskConcerns,
    AskCredentials,
    AskFreeSpace,
    AskRecent,
    AskStatus,
    AskTransfers,
    AskWaiting,
    ClearCredentials,
    Command,
    Connect,
    Disconnect,
    EnableFilesSync,
    LogIn,
    Notice,
    Notify,
    Quit,
    RestoreHeld,
    SpareNothing,
    StartService,
)
from u1tray.status.events import Failed, Replied
from u1tray.status.pause import OFF
from u1tray.status.turn import Turn
from u1tray.status.values import Concerns, Creds
from u1tray.vocabulary import names
from u1tray.vocabulary.states import DaemonState


def replied(turn: Turn, event: Replied) -> None:
    """A good answer; one of an old owner is void."""
    if _is_void(turn, event.command):
        return
    if hasattr(event.command, "owner"):
        turn.put(daemon=presence.answered(turn.model.daemon))
    _REPLIED[type(event.command)](turn, event.command, event.value)


def failed(turn: Turn, event: Failed) -> None:
    """An error, or no answer in time (T20, T22)."""
    if _is_void(turn, event.command):
        return
    if hasattr(event.command, "owner"):
        asked_status = isinstance(event.command, AskStatus)
        daemon = presence.failed(turn.model.daemon, event.error, asked_status, turn.now)
        turn.put(daemon=daemon)
    _FAILED[type(event.command)](turn, event.command, event.error)


def _is_void(turn: Turn, command: Command) -> bool:
    owner = getattr(command, "owner", None)
    return owner is not None and (not owner or owner != turn.model.daemon.owner)


def hear_state(turn: Turn, state: DaemonState) -> None:
    """A state dict from this owner, by signal or answer."""
    model = turn.model
    if model.flows.restart_failed and state != model.daemon.state:
        turn.put(flows=replace(model.flows, restart_failed=False))
    turn.put(
        daemon=presence.heard(model.daemon, state), connecting=connection.heard(model.connecting)
    )


def _status_told(turn: Turn, command: Any, value: Any) -> None:
    if isinstance(value, DaemonState):
        hear_state(turn, value)
    else:
        failed(turn, Failed(command, names.INVALID_ARGS))


def _transfers_told(turn: Turn, _: Any, value: Any) -> None:
    turn.put(transfers=transfers.listed(turn.model.transfers, tuple(value or ())))


def _transfers_failed(turn: Turn, _: Any, error: str) -> None:
    turn.put(transfers=transfers.list_failed(turn.model.transfers, error))


def _recent_told(turn: Turn, _: Any, value: Any) -> None:
    turn.put(transfers=transfers.recent_told(turn.model.transfers, tuple(value or ())))


def _waiting_told(turn: Turn, command: Any, value: Any) -> None:
    test = turn.model.quota_test
    turn.take("quota_test", quota_test.waiting_told(test, tuple(value or ()), command.owner))


def _waiting_failed(turn: Turn, _: Any, error: str) -> None:
    turn.put(quota_test=quota_test.waiting_failed(turn.model.quota_test, error))


def _free_told(turn: Turn, command: Any, value: Any) -> None:
    test = turn.model.quota_test
    if isinstance(value, int):
        test = quota_test.free_told(test, command.volume_id, value, turn.now)
    else:
        test = quota_test.free_failed(test, command.volume_id)
    turn.put(quota_test=test)


def _free_failed(turn: Turn, command: Any, _: str) -> None:
    turn.put(quota_test=quota_test.free_failed(turn.model.quota_test, command.volume_id))


def _concerns_told(turn: Turn, command: Any, value: Any) -> None:
    if isinstance(value, Concerns):
        if concerns.fails_more(turn.model.watch, value):
            turn.put(transfers=transfers.doubted(turn.model.transfers, turn.now))
        turn.put(watch=concerns.told(turn.model.watch, value))
    else:
        _concerns_failed(turn, command, names.INVALID_ARGS)


def _concerns_failed(turn: Turn, _: Any, error: str) -> None:
    turn.put(watch=concerns.failed(turn.model.watch, error))


def _decided(turn: Turn, _: Any, __: Any) -> None:
    turn.put(watch=concerns.acted(turn.model.watch))


def _applied(turn: Turn, _: Any, value: Any) -> None:
    """What came after what the person has read of is held: that is said, however soon it is."""
    turn.put(watch=concerns.acted(turn.model.watch))
    if isinstance(value, int) and value > 0:
        lost_in = turn.model.watch.concerns.lost_in
        bubble = Notify(Notice.HELD_DELETIONS, count=value, lost_in=lost_in, is_more=True)
        turn.take("notices", notices.answered_with(turn.model.notices, bubble, turn.now))


def _disconnect_failed(turn: Turn, _: Any, __: str) -> None:
    # The daemon did not hear of the pause, so there is none.
    flows = replace(turn.model.flows, own_disconnect=False)
    turn.put(flows=flows, pause=turn.model.pause if turn.model.pause.obeyed else OFF)


def _quit_failed(turn: Turn, _: Any, __: str) -> None:
    if not turn.model.flows.restarting:
        turn.put(daemon=replace(turn.model.daemon, quitting=False))


def _started(turn: Turn, _: Any, __: Any) -> None:
    turn.put(daemon=presence.start_replied(turn.model.daemon, turn.now))


def _not_started(turn: Turn, _: Any, error: str) -> None:
    flows = replace(turn.model.flows, stop_wanted=False)
    turn.put(daemon=presence.start_failed(turn.model.daemon, error), flows=flows)


def _enabled(turn: Turn, _: Any, __: Any) -> None:
    steps.start(turn)


def _creds_told(turn: Turn, _: Any, value: Any) -> None:
    turn.put(creds=creds.found(turn.model.creds, bool(value)))


def _creds_failed(turn: Turn, _: Any, error: str) -> None:
    turn.put(creds=creds.failed(turn.model.creds, error))


def _log_in_not_asked(turn: Turn, _: Any, error: str) -> None:
    if error == names.SERVICE_UNKNOWN:
        turn.put(creds=creds.news(turn.model.creds, Creds.UNAVAILABLE))
    steps.log_in_failed(turn, error.rsplit(".", 1)[-1])


def _nothing(_: Turn, __: Any, ___: Any) -> None:
    """The outcome comes as a signal, or there is none."""


_REPLIED: Mapping[type[Any], Callable[[Turn, Any, Any], None]] = {
    AskStatus: _status_told,
    AskTransfers: _transfers_told,
    AskWaiting: _waiting_told,
    AskFreeSpace: _free_told,
    AskRecent: _recent_told,
    AskConcerns: _concerns_told,
    ApplyHeld: _applied,
    RestoreHeld: _decided,
    SpareNothing: _decided,
    Connect: _nothing,
    Disconnect: _nothing,
    Quit: _nothing,
    StartService: _started,
    EnableFilesSync: _enabled,
    AskCredentials: _creds_told,
    ClearCredentials: _nothing,
    LogIn: _nothing,
}

_FAILED: Mapping[type[Any], Callable[[Turn, Any, str], None]] = {
    AskStatus: _nothing,
    AskTransfers: _transfers_failed,
    AskWaiting: _waiting_failed,
    AskFreeSpace: _free_failed,
    AskRecent: _nothing,
    AskConcerns: _concerns_failed,
    ApplyHeld: _decided,
    RestoreHeld: _decided,
    SpareNothing: _decided,
    Connect: _nothing,
    Disconnect: _disconnect_failed,
    Quit: _quit_failed,
    StartService: _not_started,
    EnableFilesSync: _nothing,
    AskCredentials: _creds_failed,
    ClearCredentials: _log_in_not_asked,
    LogIn: _log_in_not_asked,
}
