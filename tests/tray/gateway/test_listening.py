"""Signals as events: every kind, wrong kinds, bytes, and no secret kept."""

from __future__ import annotations

import pytest

from u1tray.bus import credentials, sync, syncdaemon
from u1tray.status import events
from u1tray.status.values import Direction
from u1tray.tray.gateway.listening import READERS, _handler
from u1tray.vocabulary import names
from u1tray.vocabulary.states import DaemonState

pytestmark = pytest.mark.core

UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD
READINGS = [
    (
        syncdaemon.STATUS_CHANGED,
        ({"name": "READY", "is_error": "", "queues": "IDLE"},),
        events.StatusChanged(DaemonState("READY")),
    ),
    (syncdaemon.UPLOAD_STARTED, ("/a",), events.TransferStarted(UP, "/a")),
    (syncdaemon.DOWNLOAD_STARTED, (b"/a\xff",), events.TransferStarted(DOWN, "/a\udcff")),
    (
        syncdaemon.UPLOAD_FILE_PROGRESS,
        ("/a", {"n_bytes_written": "5", "deflated_size": "9"}),
        events.TransferProgress(UP, "/a", 5, 9),
    ),
    (
        syncdaemon.DOWNLOAD_FILE_PROGRESS,
        ("/a", {"n_bytes_read": "None"}),
        events.TransferProgress(DOWN, "/a", 0, None),
    ),
    (syncdaemon.UPLOAD_FINISHED, ("/a", {}), events.TransferFinished(UP, "/a", "")),
    (
        syncdaemon.DOWNLOAD_FINISHED,
        ("/a", {"error": "CANCELLED"}),
        events.TransferFinished(DOWN, "/a", "CANCELLED"),
    ),
    (syncdaemon.REQUEST_QUEUE_REMOVED, ("ListVolumes", "1", {}), None),
    (
        syncdaemon.REQUEST_QUEUE_REMOVED,
        ("Upload", "1", {"share_id": ""}),
        events.QueueRemoved("Upload", {"share_id": ""}),
    ),
    (sync.CHANGED, (), events.ConcernsChanged()),
    (syncdaemon.INVALID_NAME, ("/dir", b"n\xff"), events.InvalidName("/dir", "n\udcff")),
    (syncdaemon.INVALID_NAME, ("/dir", "name"), events.InvalidName("/dir", "name")),
    (syncdaemon.QUOTA_EXCEEDED, ({"type": "Root"},), events.QuotaExceeded({"type": "Root"})),
    (
        syncdaemon.VOLUMES_CHANGED,
        ([{"volume_id": ""}],),
        events.VolumesChanged(({"volume_id": ""},)),
    ),
    (credentials.CREDENTIALS_NOT_FOUND, (), events.CredentialsNotFound()),
    (credentials.CREDENTIALS_CLEARED, (), events.CredentialsCleared()),
    (credentials.CREDENTIALS_STORED, (), events.CredentialsStored()),
    (credentials.AUTHORIZATION_DENIED, (), events.AuthorizationDenied()),
    (
        credentials.CREDENTIALS_ERROR,
        ({"errtype": "KeyringLocked"},),
        events.CredentialsError("KeyringLocked", ""),
    ),
]


@pytest.mark.parametrize(("signal", "args", "event"), READINGS)
def test_signal_is_read(signal, args, event) -> None:
    """5 and 9.1, T15, T17, T23, T30: every signal listened to."""
    heard = []
    _handler(signal, READERS[signal], heard.append)(*args)
    assert heard == ([] if event is None else [event])


def test_every_signal_has_a_reading_here() -> None:
    """A signal added to the table is added to this test."""
    covered = {signal for signal, _args, _event in READINGS} | {credentials.CREDENTIALS_FOUND}
    assert covered == set(READERS)


def test_secrets_of_found_credentials_are_dropped() -> None:
    """8.1: only the fact is kept."""
    heard = []
    found = {"token": "TK", "token_secret": "TS"}
    _handler(credentials.CREDENTIALS_FOUND, READERS[credentials.CREDENTIALS_FOUND], heard.append)(
        found
    )
    assert heard == [events.CredentialsFound()]
    assert "TS" not in repr(heard)


@pytest.mark.parametrize("junk", ["text", 7, None, [1]])
@pytest.mark.parametrize(
    "signal", [syncdaemon.STATUS_CHANGED, syncdaemon.VOLUMES_CHANGED, credentials.CREDENTIALS_ERROR]
)
def test_value_of_another_type_is_lost_and_logged_once(signal, junk, caplog) -> None:
    """C9: a broken daemon neither stops the tray nor floods its log."""
    heard = []
    handle = _handler(signal, READERS[signal], heard.append)
    handle(junk)
    handle(junk)
    assert heard == []
    assert len(caplog.records) == 1


def test_events_object_is_not_listened_to() -> None:
    """T31: it broadcasts secrets."""
    assert names.EVENTS_PATH not in {signal.path for signal in READERS}
    assert names.EVENTS_INTERFACE not in {signal.interface for signal in READERS}
