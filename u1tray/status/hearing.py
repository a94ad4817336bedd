"""How each event is taken: one handler a kind, and the table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from u1tray.status import (
    actions,
    concerns,
    connection,
    creds,
    events,
    notices,
    pause,
    presence,
    steps,
    storage,
    transfers,
)
from u1tray.status import over_quota as quota_test
from u1tray.status.actions import Flows, LogInStep
from u1tray.status.busy import Busy
from u1tray.status.commands import Notice
from u1tray.status.connection import Connecting
from u1tray.status.creds import Knowledge
from u1tray.status.names import last_part
from u1tray.status.notices import Notices
from u1tray.status.over_quota import QuotaTest
from u1tray.status.replies import failed, hear_state, replied
from u1tray.status.turn import Turn
from u1tray.status.values import Creds, Direction, Transfer

# --- the bus and the daemon ------------------------------------------------------------------


def _bus_lost(turn: Turn, _: events.BusLost) -> None:
    model = turn.model
    turn.put(
        daemon=presence.bus_lost(model.daemon),
        connecting=Connecting(),
        transfers=transfers.owner_changed(model.transfers),
        quota_test=QuotaTest(),
        watch=concerns.owner_changed(model.watch),
        busy=Busy(),
        creds=Knowledge(),
        flows=Flows(),
        account=replace(storage.owner_changed(model.account), wanted=False),
        notices=Notices(told=model.notices.told),
    )


def _owner_changed(turn: Turn, event: events.OwnerChanged) -> None:
    old = turn.model.daemon
    turn.take("daemon", presence.owner_changed(old, event.owner, turn.now))
    if old.bus and event.owner == old.owner:
        return
    model = turn.model
    turn.put(
        connecting=Connecting(),
        transfers=transfers.owner_changed(model.transfers),
        quota_test=QuotaTest(),
        watch=concerns.owner_changed(model.watch),
        pause=pause.owner_changed(model.pause),
        account=storage.owner_changed(model.account),
        notices=notices.owner_changed(model.notices),
    )
    if event.owner:
        steps.owner_came(turn)
    else:
        steps.owner_went(turn)


def _startable_changed(turn: Turn, event: events.StartableChanged) -> None:
    turn.put(daemon=presence.startable_told(turn.model.daemon, event.startable))


def _status_changed(turn: Turn, event: events.StatusChanged) -> None:
    if not turn.model.daemon.owner:
        return
    old = turn.model.daemon.state
    connecting = connection.signalled(turn.model.connecting, old, event.state)
    turn.put(connecting=connecting)
    hear_state(turn, event.state)


def _transfer_started(turn: Turn, event: events.TransferStarted) -> None:
    moved = transfers.started(turn.model.transfers, event.direction, event.path)
    turn.put(transfers=moved)


def _transfer_progress(turn: Turn, event: events.TransferProgress) -> None:
    transfer = Transfer(event.direction, event.path, event.written, event.size)
    turn.put(transfers=transfers.progressed(turn.model.transfers, transfer))


def _transfer_finished(turn: Turn, event: events.TransferFinished) -> None:
    moved = transfers.finished(turn.model.transfers, event.direction, event.path, event.error)
    turn.put(transfers=moved)
    name = last_part(event.path)
    known = turn.model.notices
    if not event.error:
        turn.take("notices", notices.settled(known, Notice.FILE_NOT_SYNCED, name))
        return
    full = event.direction is Direction.UPLOAD and bool(turn.model.quota_test.over)
    # What ends because the person stops or disconnects here is his own doing.
    leaving = turn.model.flows.own_disconnect and bool(turn.model.connecting.ask_at)
    own = turn.model.daemon.quitting or leaving
    if turn.model.daemon.online and not full and not own:
        turn.take("notices", notices.happened(known, Notice.FILE_NOT_SYNCED, name, turn.now))


def _queue_removed(turn: Turn, event: events.QueueRemoved) -> None:
    if event.name == "Upload":
        volume_id = str(event.data.get("share_id", ""))
        turn.put(quota_test=quota_test.upload_removed(turn.model.quota_test, volume_id))


def _quota_exceeded(turn: Turn, event: events.QuotaExceeded) -> None:
    if quota_test.is_share(event.volume):
        volume_id = str(event.volume.get("volume_id", ""))
        name = str(event.volume.get("name", ""))
        told = notices.share_full(turn.model.notices, volume_id, name, turn.now)
        turn.take("notices", told)
        return
    turn.put(
        quota_test=quota_test.exceeded(turn.model.quota_test, event.volume, turn.now),
        account=storage.wanted(turn.model.account),
    )


def _volumes_changed(turn: Turn, event: events.VolumesChanged) -> None:
    turn.put(quota_test=quota_test.volumes_changed(turn.model.quota_test, event.volumes))


def _invalid_name(turn: Turn, event: events.InvalidName) -> None:
    if turn.model.daemon.owner:
        known = turn.model.notices
        turn.take("notices", notices.happened(known, Notice.FILE_NOT_SYNCED, event.name, turn.now))


def _concerns_changed(turn: Turn, _: events.ConcernsChanged) -> None:
    turn.put(watch=concerns.may_be_new(turn.model.watch))


# --- credentials, keyring, network, sleep ----------------------------------------------------


def _credentials_available(turn: Turn, event: events.CredentialsAvailable) -> None:
    came = event.available and turn.model.creds.value is Creds.UNAVAILABLE
    turn.put(creds=creds.availability(turn.model.creds, event.available))
    if came:
        turn.put(account=storage.credentials_came(turn.model.account))


def _credentials_found(turn: Turn, _: events.CredentialsFound) -> None:
    turn.put(
        creds=creds.news(turn.model.creds, Creds.FOUND),
        account=storage.credentials_came(turn.model.account),
    )
    if turn.model.flows.log_in is LogInStep.ASKED:
        steps.logged_in(turn)


def _credentials_not_found(turn: Turn, _: events.CredentialsNotFound) -> None:
    turn.put(creds=creds.news(turn.model.creds, Creds.NONE))


def _credentials_cleared(turn: Turn, _: events.CredentialsCleared) -> None:
    turn.put(
        creds=creds.news(turn.model.creds, Creds.NONE),
        account=storage.credentials_went(turn.model.account),
    )
    if turn.model.flows.log_in is LogInStep.CLEARING:
        steps.ask_log_in(turn)


def _credentials_stored(turn: Turn, _: events.CredentialsStored) -> None:
    turn.put(
        creds=creds.news(turn.model.creds, Creds.UNKNOWN),
        # They may be those of another account.
        account=storage.wanted(storage.credentials_came(turn.model.account)),
    )


def _authorization_denied(turn: Turn, _: events.AuthorizationDenied) -> None:
    if turn.model.flows.log_in is LogInStep.ASKED:
        turn.put(flows=actions.log_in(turn.model.flows, LogInStep.NONE, turn.now))


def _credentials_error(turn: Turn, event: events.CredentialsError) -> None:
    steps.log_in_failed(turn, event.errtype, event.message)


def _keyring_changed(turn: Turn, _: events.KeyringChanged) -> None:
    turn.put(
        creds=creds.worth_asking(turn.model.creds),
        account=storage.credentials_came(turn.model.account),
    )


def _network_changed(turn: Turn, _: events.NetworkChanged | events.Resumed) -> None:
    if turn.model.daemon.owner:
        turn.put(connecting=connection.unsettled(turn.model.connecting, turn.now))
    turn.put(account=storage.network_changed(turn.model.account))


# --- the person, the cloud and the clock -----------------------------------------------------


def _looked_at(turn: Turn, _: events.MenuShown) -> None:
    turn.put(
        account=storage.looked_at(turn.model.account, turn.now),
        watch=concerns.looked_at(turn.model.watch),
    )


def _window_shown(turn: Turn, event: events.WindowShown) -> None:
    turn.put(watch=concerns.window_shown(turn.model.watch, event.shown))
    if event.shown:
        turn.put(account=storage.looked_at(turn.model.account, turn.now))


def _storage_heard(turn: Turn, event: events.StorageHeard) -> None:
    turn.put(account=storage.heard(turn.model.account, event.quota, turn.now))


def _storage_failed(turn: Turn, event: events.StorageFailed) -> None:
    account = storage.failed(
        turn.model.account, event.problem, event.oops_id, event.retry_after, turn.now
    )
    turn.put(account=account)


def _storage_forgotten(turn: Turn, _: events.StorageForgotten) -> None:
    turn.put(account=storage.forgotten(turn.model.account))


def _tick(_: Turn, __: events.Tick) -> None:
    """Time alone: `_advance` does it."""


HANDLERS: Mapping[type[Any], Callable[[Turn, Any], None]] = {
    events.BusLost: _bus_lost,
    events.OwnerChanged: _owner_changed,
    events.StartableChanged: _startable_changed,
    events.CredentialsAvailable: _credentials_available,
    events.Replied: replied,
    events.Failed: failed,
    events.StatusChanged: _status_changed,
    events.TransferStarted: _transfer_started,
    events.TransferProgress: _transfer_progress,
    events.TransferFinished: _transfer_finished,
    events.QueueRemoved: _queue_removed,
    events.QuotaExceeded: _quota_exceeded,
    events.VolumesChanged: _volumes_changed,
    events.InvalidName: _invalid_name,
    events.ConcernsChanged: _concerns_changed,
    events.CredentialsFound: _credentials_found,
    events.CredentialsNotFound: _credentials_not_found,
    events.CredentialsCleared: _credentials_cleared,
    events.CredentialsStored: _credentials_stored,
    events.AuthorizationDenied: _authorization_denied,
    events.CredentialsError: _credentials_error,
    events.KeyringChanged: _keyring_changed,
    events.NetworkChanged: _network_changed,
    events.Resumed: _network_changed,
    events.ActionChosen: steps.act,
    events.MenuShown: _looked_at,
    events.WindowShown: _window_shown,
    events.StorageHeard: _storage_heard,
    events.StorageFailed: _storage_failed,
    events.StorageForgotten: _storage_forgotten,
    events.Tick: _tick,
}
