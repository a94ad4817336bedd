"""What `--diagnose` has seen, as plain values. Nothing is looked up and nothing judged here."""

from __future__ import annotations

from dataclasses import dataclass

from u1tray.vocabulary import names


@dataclass(frozen=True)
class Service:
    """A name on the session bus. `process_id` 0: not running, or not known."""

    name: str
    process_id: int = 0
    program: str = ""
    is_running: bool = False
    is_activatable: bool = False


@dataclass(frozen=True)
class Indicator:
    """What a running indicator says of itself."""

    process_id: int = 0
    version: str = ""
    protocol: str = ""
    sentence: str = ""
    last_problem: str = ""


@dataclass(frozen=True)
class Cloud:
    """The configured cloud and one look at it. `problem`: why the look failed, `''` for none.

    `clock_offset` in seconds to add to our clock to get the cloud's; None: not known.
    """

    url: str = ""
    configuration_problem: str = ""
    problem: str = ""
    clock_offset: float | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that is looked at. The defaults are a machine without anything."""

    version: str = ""
    system: str = ""  # PRETTY_NAME of os-release
    system_ids: tuple[str, ...] = ()  # ID and ID_LIKE
    session_type: str = ""  # XDG_SESSION_TYPE
    desktop: tuple[str, ...] = ()  # XDG_CURRENT_DESKTOP
    display: str = ""  # what Qt would use, `''` for none
    has_bus: bool = False
    watcher: Service = Service(names.WATCHER)
    is_host_registered: bool | None = None  # None: the watcher does not say
    has_xembed_tray: bool | None = None  # None: no X display to ask
    indicator: Indicator | None = None
    sync: Service = Service(names.SYNCDAEMON)
    credentials: Service = Service(names.CREDENTIALS)
    notifications: Service = Service(names.NOTIFICATIONS)
    secrets: Service = Service(names.SECRETS)
    is_sync_turned_off: bool = False
    has_vault: bool = False
    qt_version: str = ""
    tls_version: str = ""  # `''`: Qt has no TLS
    cloud: Cloud = Cloud()
    is_autostarted: bool = False
    last_error: str = ""  # of our logs
