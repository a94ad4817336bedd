"""Looking at the machine for `--diagnose`: bounded in time, and starting nothing.

Every look has its own way to fail, and a failed look is a fact too.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from u1tray import __version__
from u1tray.bus import blocking
from u1tray.bus.session import Bus
from u1tray.rest import replies, requests, settings
from u1tray.rest.blocking.cloud import Cloud as Connection
from u1tray.rest.settings import CloudSettings
from u1tray.tray.desktop import autostart
from u1tray.tray.desktop.busdaemon import BusDaemon, program_of
from u1tray.tray.diagnose import xembed
from u1tray.tray.diagnose.facts import Cloud, Facts, Indicator, Service
from u1tray.tray.gateway import optionfiles
from u1tray.tray.session import display, instance
from u1tray.vocabulary import names, places
from u1tray.vocabulary.errors import OfflineError, U1Error, UsageError

CLOUD_SECONDS = 5.0
DISPLAY_SECONDS = 2.0

_Found = TypeVar("_Found")
_TAIL_BYTES = 64 * 1024


def collect() -> Facts:
    """Everything that can be seen from here."""
    facts = _surroundings()
    facts = replace(facts, cloud=_cloud())
    daemon = _bus()
    return facts if daemon is None else _on_bus(facts, daemon)


def _surroundings() -> Facts:
    environment = os.environ
    reachable = display.is_reachable(environment)
    has_tray = _bounded(xembed.has_tray, DISPLAY_SECONDS) if environment.get("DISPLAY") else None
    qt_version, tls_version = _qt()
    return Facts(
        version=__version__,
        system=_os_release().get("PRETTY_NAME", platform.system()),
        system_ids=_system_ids(),
        session_type=environment.get("XDG_SESSION_TYPE", ""),
        desktop=tuple(w for w in environment.get("XDG_CURRENT_DESKTOP", "").split(":") if w),
        display=_display_name() if reachable else "",
        has_xembed_tray=has_tray if reachable else None,
        is_sync_turned_off=optionfiles.switched_off(),
        has_vault=(places.data_directory() / "credentials.vault").exists(),
        qt_version=qt_version,
        tls_version=tls_version,
        is_autostarted=autostart.is_enabled(),
        last_error=_last_error(),
    )


def _bus() -> BusDaemon | None:
    runtime = places.runtime_dir()
    # Without an address libdbus would start a bus, which is not for us to do.
    has_address = os.environ.get("DBUS_SESSION_BUS_ADDRESS") or (
        runtime is not None and (runtime / "bus").exists()
    )
    if not has_address:
        return None
    try:
        return BusDaemon(blocking.open_session())
    except OfflineError:
        return None


def _on_bus(facts: Facts, daemon: BusDaemon) -> Facts:
    try:
        activatable = daemon.activatable_names()
        watcher = _service(daemon, names.WATCHER, activatable)
        return replace(
            facts,
            has_bus=True,
            watcher=watcher,
            is_host_registered=_is_host_registered(daemon) if watcher.is_running else False,
            indicator=_indicator(daemon),
            sync=_service(daemon, names.SYNCDAEMON, activatable),
            credentials=_service(daemon, names.CREDENTIALS, activatable),
            notifications=_service(daemon, names.NOTIFICATIONS, activatable),
            secrets=_service(daemon, names.SECRETS, activatable),
        )
    except U1Error:
        return facts  # a bus that does not answer is none
    finally:
        daemon.bus.close()


def _service(daemon: BusDaemon, name: str, activatable: frozenset[str]) -> Service:
    if not daemon.owner_of(name):
        return Service(name, is_activatable=name in activatable)
    process_id = daemon.process_of(name)
    return Service(name, process_id, program_of(process_id), True, name in activatable)


def _is_host_registered(daemon: BusDaemon) -> bool | None:
    try:
        return bool(
            daemon.property_of(
                names.WATCHER, names.WATCHER_PATH, names.WATCHER, "IsStatusNotifierHostRegistered"
            )
        )
    except U1Error:
        return None


def _indicator(daemon: BusDaemon) -> Indicator | None:
    process_id = daemon.process_of(names.INDICATOR)
    if not process_id and not daemon.owner_of(names.INDICATOR):
        return None
    said = _description(daemon.bus)

    def text(key: str) -> str:
        value = said.get(key, "")
        return value if isinstance(value, str) else ""

    return Indicator(
        process_id, text("version"), text("protocol"), text("indicator"), text("last_problem")
    )


def _description(bus: Bus) -> dict[str, object]:
    try:
        found = json.loads(str(blocking.call(bus, instance.DESCRIBE)))
    except (U1Error, ValueError):
        return {"last_problem": "The running indicator does not answer."}
    return found if isinstance(found, dict) else {}


def _cloud() -> Cloud:
    try:
        configured = settings.load()
    except UsageError as error:
        return Cloud(configuration_problem=error.text)
    if configured is None:
        return Cloud()
    looked = _bounded(lambda: _look_at(configured), CLOUD_SECONDS)
    if looked is None:
        return Cloud(configured.api_url, problem=f"no answer within {CLOUD_SECONDS:.0f} s")
    return looked


def _look_at(configured: CloudSettings) -> Cloud:
    """Ask for the time, which needs no account (REST contract, 13.4)."""
    try:
        with Connection(
            configured, program="u1tray", limit=1, read_timeout_seconds=CLOUD_SECONDS
        ) as connection:
            reply = connection.send(requests.time(configured))
            now = time.time()
            return Cloud(configured.api_url, clock_offset=replies.server_time(reply, now) - now)
    except U1Error as error:
        return Cloud(configured.api_url, problem=error.text)


def _bounded(look: Callable[[], _Found], seconds: float) -> _Found | None:
    """What a look that may hang has found, or None in time."""
    found: list[_Found] = []
    thread = threading.Thread(target=lambda: found.append(look()), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None


def _qt() -> tuple[str, str]:
    """Qt's version, and that of its TLS; `''` where there is none."""
    try:
        from PyQt5.QtCore import qVersion  # noqa: PLC0415 - may be missing
        from PyQt5.QtNetwork import QSslSocket  # noqa: PLC0415
    except ImportError:
        return "missing", ""
    tls = QSslSocket.sslLibraryVersionString() if QSslSocket.supportsSsl() else ""
    return qVersion() or "", tls


def _display_name() -> str:
    parts = [
        f"{variable}={os.environ[variable]}"
        for variable in ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
        if os.environ.get(variable)
    ]
    return " ".join(parts)


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _system_ids() -> tuple[str, ...]:
    release = _os_release()
    return tuple(f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".split())


def _last_error() -> str:
    """The last warning or error in our logs, `''` for none."""
    found = [line for log in _logs() for line in _tail(log) if _is_problem(line)]
    return max(found, default="")  # they begin with their time


def _logs() -> list[Path]:
    try:
        return sorted(places.log_directory().glob("*.log"))
    except OSError:
        return []


def _tail(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []


def _is_problem(line: str) -> bool:
    return " ERROR " in line or " WARNING " in line
