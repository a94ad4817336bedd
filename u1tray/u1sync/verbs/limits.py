"""`u1sync limits`: bytes a second."""

from __future__ import annotations

import click

from u1tray.bus import syncdaemon
from u1tray.bus.blocking import call
from u1tray.bus.calls import Method
from u1tray.bus.session import Bus
from u1tray.u1sync.common import check_running, json_option, session, show
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import format_bytes, parse_bytes

_OFF = Method(
    names.SYNCDAEMON,
    names.CONFIG_PATH,
    names.CONFIG_INTERFACE,
    "disable_bandwidth_throttling",
    timeout_seconds=syncdaemon.READ_SECONDS,
)
_LARGEST = 2**31 - 1
_NO_LIMIT = -1


@click.command("limits")
@click.option("--down", help="At most so much a second down, such as 500kB; none for no limit.")
@click.option("--up", help="At most so much a second up.")
@click.option("--off", is_flag=True, help="No limits.")
@json_option
def limits(down: str | None, up: str | None, off: bool, as_json: bool) -> None:
    """Show or set how fast files travel."""
    if off and not (down is None and up is None):
        text = "--off ends both limits: write it alone."
        raise UsageError(text)
    with session() as bus:
        check_running(bus)
        if off:
            call(bus, _OFF)
        elif down is not None or up is not None:
            _set(bus, down, up)
        is_on = bool(call(bus, syncdaemon.BANDWIDTH_THROTTLING_ENABLED))
        found = call(bus, syncdaemon.GET_THROTTLING_LIMITS)
    value = {"on": is_on, "download": int(found["download"]), "upload": int(found["upload"])}
    lines = [
        f"{direction}: {_shown(int(found[direction])) if is_on else 'no limit'}"
        for direction in ("download", "upload")
    ]
    show("\n".join(lines), value, as_json)


def _set(bus: Bus, down: str | None, up: str | None) -> None:
    """One direction leaves the other as it is, also where it has no limit because none is on."""
    is_on = bool(call(bus, syncdaemon.BANDWIDTH_THROTTLING_ENABLED))
    known = call(bus, syncdaemon.GET_THROTTLING_LIMITS) if is_on else {}
    download = int(known.get("download", _NO_LIMIT)) if down is None else _parsed(down)
    upload = int(known.get("upload", _NO_LIMIT)) if up is None else _parsed(up)
    call(bus, syncdaemon.SET_THROTTLING_LIMITS, download, upload)
    call(bus, syncdaemon.ENABLE_BANDWIDTH_THROTTLING)


def _parsed(text: str) -> int:
    if text == "none":
        return _NO_LIMIT
    try:
        found = parse_bytes(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if not found:
        text = "0 is no speed: write none for no limit; to stop for a while: u1sync pause"
        raise UsageError(text)
    return min(found, _LARGEST)


def _shown(limit: int) -> str:
    return "no limit" if limit <= 0 else f"{format_bytes(limit)} a second"
