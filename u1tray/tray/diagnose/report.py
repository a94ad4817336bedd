"""The facts and findings as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from u1tray.tray.diagnose.facts import Cloud, Facts, Service
from u1tray.tray.diagnose.findings import Finding, Level, protocol

Row = tuple[str, str]

_LEFT = 31


def lines(facts: Facts, found: tuple[Finding, ...]) -> list[str]:
    """The whole report."""
    told = [f"u1tray {facts.version} on {facts.system or 'an unknown system'}", ""]
    for title, rows in (
        ("Session", _session(facts)),
        ("Panel", _panel(facts)),
        ("Services", _services(facts)),
        ("Cloud", _cloud(facts)),
    ):
        told += [title, *(f"  {name:<{_LEFT}}{value}" for name, value in rows), ""]
    told += _told(found)
    return [_printable(line) for line in told]


def _printable(line: str) -> str:
    """No character of what others have said may move the cursor or begin a line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _session(facts: Facts) -> list[Row]:
    return [
        ("type", facts.session_type or "not said (XDG_SESSION_TYPE)"),
        ("desktop", ", ".join(facts.desktop) or "not said (XDG_CURRENT_DESKTOP)"),
        ("display", facts.display or "none"),
        ("session bus", "reachable" if facts.has_bus else "not reachable"),
        ("starts with the session", _yes(facts.is_autostarted)),
    ]


def _panel(facts: Facts) -> list[Row]:
    taken = protocol(facts) or "none"
    running = facts.indicator is not None and facts.indicator.protocol
    rows = [
        ("StatusNotifierWatcher", _owner(facts.watcher)),
        ("a panel registered with it", _yes(facts.is_host_registered)),
        ("XEmbed tray", _yes(facts.has_xembed_tray)),
        ("protocol Qt took" if running else "protocol Qt would take", taken),
    ]
    if facts.indicator is None:
        return [*rows, ("indicator", "not running")]
    who = f"version {facts.indicator.version}, pid {facts.indicator.process_id}"
    return [*rows, ("indicator", f"running ({who}): {facts.indicator.sentence}")]


def _services(facts: Facts) -> list[Row]:
    services = (facts.sync, facts.credentials, facts.notifications, facts.secrets)
    return [(service.name, _owner(service)) for service in services]


def _cloud(facts: Facts) -> list[Row]:
    return [
        ("address", facts.cloud.url or "not configured"),
        ("answer", _answer(facts.cloud)),
        ("TLS in Qt", f"{facts.tls_version or 'none'} (Qt {facts.qt_version})"),
    ]


def _answer(cloud: Cloud) -> str:
    if not cloud.url:
        return "not asked"
    if cloud.problem:
        return cloud.problem
    if cloud.clock_offset is None:
        return "reachable"
    return f"reachable, its clock differs by {abs(cloud.clock_offset):.0f} s"


def _owner(service: Service) -> str:
    if service.is_running:
        who = service.program or "an unknown program"
        return f"{who} (pid {service.process_id})" if service.process_id else who
    return "not running, can be started" if service.is_activatable else "not there"


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "not known"}[value]


def _told(found: tuple[Finding, ...]) -> list[str]:
    mend = [finding for finding in found if finding.level is Level.MEND]
    notes = [finding for finding in found if finding.level is Level.NOTE]
    told = ["To mend", *_numbered(mend)] if mend else ["Nothing has to be mended."]
    if notes:
        told += ["", "Notes", *_numbered(notes)]
    return told


def _numbered(found: Iterable[Finding]) -> list[str]:
    told = []
    for number, finding in enumerate(found, 1):
        told.append(f"  {number}. {finding.text}")
        told += [f"     {step}" for step in finding.steps]
    return told
