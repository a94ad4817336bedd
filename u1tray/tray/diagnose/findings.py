"""What is wrong, and what to do about it: pure functions of the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from u1tray.tray.desktop.programs import SYNCDAEMON
from u1tray.tray.diagnose import advice
from u1tray.tray.diagnose.facts import Facts

LARGEST_CLOCK_OFFSET_SECONDS = 300.0  # REST contract, 13.4

STATUS_NOTIFIER = "StatusNotifierItem"
XEMBED = "XEmbed"


class Level(Enum):
    """Whether something has to be done."""

    MEND = "mend"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing worth saying: what it is, and what to do, a step each."""

    level: Level
    text: str
    steps: tuple[str, ...] = ()


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Everything worth saying, what hides the icon first."""
    found = (check(facts) for check in _CHECKS)
    return tuple(finding for finding in found if finding is not None)


def exit_code(found: tuple[Finding, ...]) -> int:
    """0 when nothing has to be done, else 1."""
    return 1 if any(finding.level is Level.MEND for finding in found) else 0


def protocol(facts: Facts) -> str:
    """The protocol Qt took in the running indicator, or would take now; `''` for none."""
    if facts.indicator is not None and facts.indicator.protocol:
        return facts.indicator.protocol
    if not facts.display:
        return ""
    # A watcher that does not answer is taken for one without a host, as Qt does.
    if facts.watcher.is_running and facts.is_host_registered:
        return STATUS_NOTIFIER
    return XEMBED if facts.has_xembed_tray else ""


def _bus(facts: Facts) -> Finding | None:
    if facts.has_bus:
        return None
    return Finding(
        Level.MEND,
        "There is no session bus, so nothing can be known of file sync.",
        (
            "Start u1tray inside a desktop session, or as: dbus-run-session u1tray",
            "Without a desktop: u1tray --embedded starts a bus of its own.",
        ),
    )


def _display(facts: Facts) -> Finding | None:
    if facts.display:
        return None
    return Finding(
        Level.MEND,
        "There is no display, so there can be no icon.",
        ("Use u1tray --no-gui, or start u1tray in a desktop session.",),
    )


def _panel(facts: Facts) -> Finding | None:
    if not facts.display or not facts.has_bus or protocol(facts):
        return None
    panel = advice.panel_of(facts.desktop, facts.session_type)
    what = (
        "a watcher without a panel that shows its icons"
        if facts.watcher.is_running
        else "nothing that shows icons"
    )
    steps = [f"{panel.what}."]
    if panel.packages is not None:
        steps.append(advice.install(panel.packages, advice.manager_of(facts.system_ids)))
    steps += [panel.then, "Until then a second start of u1tray opens its window."]
    return Finding(Level.MEND, f"There is {what} in this session.", tuple(steps))


def _took_the_other_protocol(facts: Facts) -> Finding | None:
    stale = facts.indicator is not None and facts.indicator.protocol == XEMBED
    if not stale or not facts.is_host_registered:
        return None
    return Finding(
        Level.MEND,
        "The indicator took XEmbed before the panel was ready, and the panel may not show it.",
        ("Start it anew: u1tray --quit; u1tray &",),
    )


def _tls(facts: Facts) -> Finding | None:
    if facts.tls_version or not facts.cloud.url.startswith("https:"):
        return None
    return Finding(
        Level.MEND,
        "Qt has no TLS here, so the quota of a cloud with an https address cannot be asked for.",
        (
            "Use the distribution's PyQt5, not the one of PyPI, which wants OpenSSL 1.1:",
            advice.install(advice.PYQT5, advice.manager_of(facts.system_ids)),
        ),
    )


def _cloud(facts: Facts) -> Finding | None:
    cloud = facts.cloud
    if cloud.configuration_problem:
        return Finding(Level.MEND, cloud.configuration_problem)
    if not cloud.url:
        return Finding(
            Level.NOTE,
            "No cloud is configured, so no quota can be shown.",
            ("Enter its address in Preferences, or have one of your own: u1tray --embedded",),
        )
    if cloud.problem:
        return Finding(
            Level.MEND,
            f"The cloud {cloud.url} cannot be used: {cloud.problem}",
            ("Check the address in Preferences, and the network.",),
        )
    return None


def _clock(facts: Facts) -> Finding | None:
    offset = facts.cloud.clock_offset
    if offset is None or abs(offset) <= LARGEST_CLOCK_OFFSET_SECONDS:
        return None
    return Finding(
        Level.MEND,
        f"The clocks of this computer and of the cloud differ by {abs(offset):.0f} s.",
        ("Set the clock: timedatectl set-ntp true",),
    )


def _sync(facts: Facts) -> Finding | None:
    if not facts.has_bus or facts.sync.is_running:
        return None
    if facts.is_sync_turned_off:
        return Finding(
            Level.NOTE, "File sync is turned off.", ("Choose Turn on in the indicator's menu.",)
        )
    if facts.sync.is_activatable:
        return Finding(
            Level.NOTE, "File sync is not running.", ("Choose Start in the indicator's menu.",)
        )
    return Finding(
        Level.MEND,
        "No file sync service is installed.",
        ("u1tray --embedded sets one up with a cloud of your own, and offers to install it.",),
    )


def _credentials(facts: Facts) -> Finding | None:
    service = facts.credentials
    if not facts.has_bus or service.is_running or service.is_activatable:
        return None
    # Other daemons, such as magicicada, bring their account themselves (D-Bus contract, 1).
    ours = facts.sync.program == SYNCDAEMON
    return Finding(
        Level.MEND if ours else Level.NOTE,
        "No credentials service is installed, so nobody can log in and no quota can be shown.",
        ("u1tray --embedded offers to install it; see also Help in the indicator's menu.",),
    )


def _secrets(facts: Facts) -> Finding | None:
    service = facts.secrets
    if not facts.has_bus or facts.has_vault or service.is_running or service.is_activatable:
        return None
    return Finding(
        Level.NOTE,
        "There is no keyring, so a log-in cannot be kept.",
        (advice.install(advice.KEYRING, advice.manager_of(facts.system_ids)),),
    )


def _notifications(facts: Facts) -> Finding | None:
    service = facts.notifications
    if not facts.has_bus or service.is_running or service.is_activatable:
        return None
    return Finding(Level.NOTE, "Nothing shows notifications in this session.")


def _indicator(facts: Facts) -> Finding | None:
    if facts.indicator is not None or not facts.has_bus:
        return None
    return Finding(Level.NOTE, "No indicator is running.", ("Start it: u1tray &",))


def _autostart(facts: Facts) -> Finding | None:
    if facts.is_autostarted:
        return None
    return Finding(
        Level.NOTE,
        "The indicator does not start with your session.",
        ("Preferences, Start with the session.",),
    )


def _last_problem(facts: Facts) -> Finding | None:
    told = facts.indicator.last_problem if facts.indicator is not None else ""
    text = told or facts.last_error
    return Finding(Level.NOTE, f"The last problem was: {text}") if text else None


_CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    _bus,
    _display,
    _panel,
    _took_the_other_protocol,
    _sync,
    _credentials,
    _cloud,
    _tls,
    _clock,
    _secrets,
    _notifications,
    _indicator,
    _autostart,
    _last_problem,
)
