"""`u1sync events`: what sync did and does, one JSON object a line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

import click

from u1tray.bus import owners, sync, syncdaemon
from u1tray.bus.blocking import Listener, call
from u1tray.bus.session import Bus
from u1tray.bus.signals import Signal
from u1tray.bus.sync import JOURNAL, JOURNAL_AFTER, JOURNALED
from u1tray.terminal.documents import json_line
from u1tray.u1sync.common import check_running, session
from u1tray.u1sync.own import ask
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError

_LAST = 20
_MOST = 1000  # entries in an answer: there may be more


def _finished(event: str) -> Callable[[str, Mapping[str, str]], dict[str, Any]]:
    return lambda path, info: {"event": event, "path": path, "error": info.get("error", "")}


_TOLD: Mapping[Signal, Callable[..., dict[str, Any]]] = {
    syncdaemon.STATUS_CHANGED: lambda state: {"event": "status", **state},
    syncdaemon.UPLOAD_STARTED: lambda path: {"event": "upload started", "path": path},
    syncdaemon.DOWNLOAD_STARTED: lambda path: {"event": "download started", "path": path},
    syncdaemon.UPLOAD_FINISHED: _finished("upload finished"),
    syncdaemon.DOWNLOAD_FINISHED: _finished("download finished"),
    syncdaemon.QUOTA_EXCEEDED: lambda volume: {
        "event": "quota exceeded",
        "volume": volume.get("volume_id", ""),
    },
    syncdaemon.INVALID_NAME: lambda directory, name: {
        "event": "invalid name",
        "path": f"{directory}/{name}",
    },
}
_SIGNALS = (*_TOLD, sync.CHANGED, JOURNALED, owners.NAME_OWNER_CHANGED)


@click.command("events", epilog="Exit codes: 4 sync has ended (--follow), 130 interrupted.")
@click.option("--follow", is_flag=True, help="Go on as things happen, until sync ends.")
@click.option(
    "--last",
    "number",
    type=click.IntRange(0, _MOST),
    default=None,
    help=f"How many of the last ones; {_LAST} without --follow.",
)
def events(follow: bool, number: int | None) -> None:
    """Show what sync did to folder and cloud, one JSON object a line, oldest first.

    Each has a time and an event: made, replaced, moved, deleted and "set aside" with path,
    volume, and side (folder or cloud: which one was changed). With --follow also status,
    "upload started", "upload finished", "download started", "download finished",
    "quota exceeded", "invalid name", and attention, with the numbers of what waits for a person.
    """
    if follow:
        _follow(number or 0)
    with session() as bus:
        check_running(bus)
        for entry in ask(bus, JOURNAL, _LAST if number is None else number):
            _print(_journaled(entry))


def _follow(number: int) -> None:
    """Print until interrupted. Raises NotFoundError when the daemon ends, OfflineError."""
    listener = Listener(_SIGNALS)
    bus = listener.bus
    check_running(bus)
    last = ask(bus, JOURNAL, max(number, 1))
    for entry in last[len(last) - number :] if number else []:
        _print(_journaled(entry))
    seen = _catch_up(bus, last)
    for signal, values in listener:
        if signal is owners.NAME_OWNER_CHANGED:
            _check_owner(*values)
        elif signal is JOURNALED:
            _print_new(bus, seen)
        elif signal is sync.CHANGED:
            _print({"time": _now(), "event": "attention", **call(bus, sync.SUMMARY)})
        else:
            _print({"time": _now(), **_TOLD[signal](*values)})


def _catch_up(bus: Bus, last: list[Mapping[str, str]]) -> dict[str, str]:
    """The newest entry of each volume; what came since the last ones is printed."""
    seen = {one["volume_id"]: one["id"] for one in last}
    told = set(seen)
    while found := _take_new(bus, seen):
        for entry in found:
            if entry["volume_id"] in told:
                _print(_journaled(entry))
    return seen


def _take_new(bus: Bus, seen: dict[str, str]) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = ask(bus, JOURNAL_AFTER, seen)
    seen.update({one["volume_id"]: one["id"] for one in found})
    return found


def _print_new(bus: Bus, seen: dict[str, str]) -> None:
    while True:
        found = _take_new(bus, seen)
        for entry in found:
            _print(_journaled(entry))
        if len(found) < _MOST:
            return


def _journaled(entry: Mapping[str, str]) -> dict[str, Any]:
    """An entry of the journal as an event."""
    known = dict(entry)
    found: dict[str, Any] = {
        "time": known.pop("time"),
        "event": known.pop("deed"),
        "path": known.pop("path"),
        "volume": known.pop("volume_id"),
    }
    del known["id"]
    for key in ("old_size", "new_size"):
        if key in known:
            found[key] = int(known.pop(key))
    return {**found, **known}


def _check_owner(name: str, _old: str, new: str) -> None:
    if name == names.SYNCDAEMON and not new:
        text = "File sync has ended."
        raise NotFoundError(text)


def _print(event: Mapping[str, Any]) -> None:
    click.echo(json_line(event))


def _now() -> str:
    moment = datetime.fromtimestamp(time.time(), timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
