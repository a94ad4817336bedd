"""What `--diagnose` concludes: pure rules over many machines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.tray.diagnose import advice, report
from u1tray.tray.diagnose.advice import Manager
from u1tray.tray.diagnose.facts import Cloud, Facts, Indicator, Service
from u1tray.tray.diagnose.findings import Level, exit_code, findings, protocol
from u1tray.vocabulary import names

pytestmark = pytest.mark.core


def service(name: str, program: str = "") -> Service:
    return Service(name, 42, program, True, False)


HEALTHY = Facts(
    version="0.1.0",
    system="Debian GNU/Linux 12 (bookworm)",
    system_ids=("debian",),
    session_type="x11",
    desktop=("XFCE",),
    display="DISPLAY=:0",
    has_bus=True,
    watcher=service(names.WATCHER, "xfce4-panel"),
    is_host_registered=True,
    has_xembed_tray=False,
    indicator=Indicator(7, "0.1.0", "StatusNotifierItem", "up-to-date"),
    sync=service(names.SYNCDAEMON, "u1tray-syncdaemon"),
    credentials=Service(names.CREDENTIALS, is_activatable=True),
    notifications=service(names.NOTIFICATIONS, "xfce4-notifyd"),
    secrets=service(names.SECRETS, "gnome-keyring-daemon"),
    qt_version="5.15.8",
    tls_version="OpenSSL 3.0.19",
    cloud=Cloud("https://cloud.example.com", clock_offset=0.4),
    is_autostarted=True,
)
NO_PANEL = replace(
    HEALTHY, watcher=Service(names.WATCHER), is_host_registered=False, indicator=None
)


def told(facts: Facts) -> str:
    return "\n".join(report.lines(facts, findings(facts)))


def to_mend(facts: Facts) -> list[str]:
    return [found.text for found in findings(facts) if found.level is Level.MEND]


def test_healthy_session_has_nothing_to_mend():
    """All is well: no finding at all, and exit status 0."""
    assert findings(HEALTHY) == ()
    assert exit_code(findings(HEALTHY)) == 0
    assert "Nothing has to be mended." in told(HEALTHY)


def test_bare_machine_says_bus_and_display_first():
    """Without bus and display nothing else can be known, so nothing else is blamed."""
    assert [text.split(",")[0] for text in to_mend(Facts())] == [
        "There is no session bus",
        "There is no display",
    ]
    assert exit_code(findings(Facts())) == 1


@pytest.mark.parametrize(
    ("desktop", "session_type", "ids", "expected"),
    [
        (("GNOME",), "wayland", ("debian",), f"sudo apt install {advice._APPINDICATOR}"),
        (("ubuntu", "GNOME"), "x11", ("ubuntu", "debian"), "sudo apt install gnome-shell-ext"),
        (("GNOME",), "wayland", ("fedora",), "sudo dnf install gnome-shell-extension"),
        (("GNOME",), "wayland", ("arch",), "sudo pacman -S gnome-shell-extension"),
        (("GNOME",), "wayland", ("opensuse-tumbleweed", "opensuse", "suse"), "sudo zypper inst"),
        (("GNOME",), "wayland", ("nixos",), "install gnome-shell-extension-appindicator with"),
        (("Unity", "Unity7", "ubuntu"), "x11", ("ubuntu",), "apt install indicator-application"),
        (("KDE",), "wayland", ("fedora",), "Add Widgets, System Tray"),
        (("XFCE",), "x11", ("debian",), "Status Tray Plugin"),
        (("LXQt",), "x11", ("debian",), "Status Notifier"),
        (("MATE",), "x11", ("debian",), "Notification Area"),
        (("X-Cinnamon",), "x11", ("linuxmint", "ubuntu"), "XApp Status Applet"),
        (("Budgie", "GNOME"), "x11", ("solus",), "Budgie Desktop Settings"),
        (("openbox",), "x11", ("debian",), "sudo apt install xfce4-panel"),
        ((), "", ("arch",), "sudo pacman -S xfce4-panel"),
        (("sway",), "wayland", ("fedora",), "sudo dnf install waybar"),
    ],
)
def test_missing_panel_says_what_to_install_on_this_desktop(desktop, session_type, ids, expected):
    """No host, no XEmbed tray: the advice is that of the desktop and of its package manager."""
    facts = replace(NO_PANEL, desktop=desktop, session_type=session_type, system_ids=ids)
    assert to_mend(facts) == ["There is nothing that shows icons in this session."]
    assert expected in told(facts)


def test_watcher_without_host_is_told_from_no_watcher():
    """A watcher alone shows nothing; Qt asks for a host."""
    facts = replace(HEALTHY, is_host_registered=False, indicator=None)
    assert to_mend(facts) == [
        "There is a watcher without a panel that shows its icons in this session."
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "StatusNotifierItem"),
        ({"indicator": None}, "StatusNotifierItem"),
        ({"indicator": None, "is_host_registered": False}, ""),
        ({"indicator": None, "is_host_registered": None}, ""),
        ({"indicator": None, "is_host_registered": False, "has_xembed_tray": True}, "XEmbed"),
        ({"indicator": None, "display": ""}, ""),
        ({"indicator": Indicator(7, "0.1.0", "XEmbed")}, "XEmbed"),
        ({"indicator": Indicator(7)}, "StatusNotifierItem"),
    ],
)
def test_protocol_is_what_qt_took_or_would_take(change, expected):
    """A running indicator knows; otherwise a host wins over XEmbed."""
    assert protocol(replace(HEALTHY, **change)) == expected


def test_indicator_that_took_xembed_too_early_is_to_be_started_anew():
    """Qt decides once in a process."""
    facts = replace(HEALTHY, indicator=Indicator(7, "0.1.0", "XEmbed"))
    assert "took XEmbed before the panel was ready" in told(facts)
    assert exit_code(findings(facts)) == 1


@pytest.mark.parametrize(
    ("change", "level", "text"),
    [
        ({"tls_version": ""}, Level.MEND, "Qt has no TLS"),
        ({"cloud": Cloud("https://c.example", problem="refused")}, Level.MEND, "cannot be used"),
        ({"cloud": Cloud("https://c.example", clock_offset=-900.0)}, Level.MEND, "differ by 900 s"),
        ({"cloud": Cloud(configuration_problem="bad file")}, Level.MEND, "bad file"),
        ({"cloud": Cloud()}, Level.NOTE, "No cloud is configured"),
        ({"sync": Service(names.SYNCDAEMON)}, Level.MEND, "No file sync service is installed"),
        (
            {"sync": Service(names.SYNCDAEMON, is_activatable=True)},
            Level.NOTE,
            "File sync is not running",
        ),
        (
            {
                "sync": Service(names.SYNCDAEMON, is_activatable=True),
                "is_sync_turned_off": True,
            },
            Level.NOTE,
            "File sync is turned off",
        ),
        ({"credentials": Service(names.CREDENTIALS)}, Level.MEND, "No credentials service"),
        ({"secrets": Service(names.SECRETS)}, Level.NOTE, "There is no keyring"),
        ({"notifications": Service(names.NOTIFICATIONS)}, Level.NOTE, "Nothing shows notif"),
        ({"indicator": None}, Level.NOTE, "No indicator is running"),
        ({"is_autostarted": False}, Level.NOTE, "does not start with your session"),
        ({"last_error": "2026 ERROR x"}, Level.NOTE, "The last problem was: 2026 ERROR x"),
    ],
)
def test_each_lack_is_one_finding_of_its_level(change, level, text):
    """One thing is missing, one thing is said, and only what must be mended gives status 1."""
    (found,) = findings(replace(HEALTHY, **change))
    assert found.level is level
    assert text in found.text
    assert exit_code((found,)) == (1 if level is Level.MEND else 0)


def test_plain_http_cloud_needs_no_tls():
    """A cloud on this computer is asked over http."""
    facts = replace(HEALTHY, tls_version="", cloud=Cloud("http://127.0.0.1:9180"))
    assert findings(facts) == ()


def test_vault_makes_a_missing_keyring_unremarkable():
    """Credentials are kept in the encrypted file."""
    assert findings(replace(HEALTHY, secrets=Service(names.SECRETS), has_vault=True)) == ()


def test_magicicada_without_credentials_service_is_only_noted():
    """That daemon takes its account at its start (D-Bus contract, 1)."""
    facts = replace(
        HEALTHY,
        sync=service(names.SYNCDAEMON, "magicicada-syncdaemon"),
        credentials=Service(names.CREDENTIALS),
    )
    assert exit_code(findings(facts)) == 0


def test_running_indicators_problem_wins_over_the_log():
    """It is the newer one."""
    facts = replace(
        HEALTHY,
        indicator=Indicator(7, "0.1.0", "StatusNotifierItem", "idle", "just now"),
        last_error="old",
    )
    assert [found.text for found in findings(facts)] == ["The last problem was: just now"]


SERVICES = st.builds(
    Service,
    st.sampled_from([names.SYNCDAEMON, names.CREDENTIALS]),
    st.integers(0, 9),
    st.sampled_from(["", "u1tray-syncdaemon", "other"]),
    st.booleans(),
    st.booleans(),
)
MAYBE = st.sampled_from([None, True, False])


@given(
    st.builds(
        Facts,
        system_ids=st.lists(st.text(max_size=8), max_size=2).map(tuple),
        session_type=st.sampled_from(["", "x11", "wayland", "tty"]),
        desktop=st.lists(st.text(max_size=8), max_size=2).map(tuple),
        display=st.sampled_from(["", "DISPLAY=:0"]),
        has_bus=st.booleans(),
        watcher=SERVICES,
        is_host_registered=MAYBE,
        has_xembed_tray=MAYBE,
        indicator=st.none() | st.builds(Indicator, protocol=st.sampled_from(["", "XEmbed"])),
        sync=SERVICES,
        credentials=SERVICES,
        notifications=SERVICES,
        secrets=SERVICES,
        tls_version=st.sampled_from(["", "OpenSSL"]),
        cloud=st.builds(Cloud, url=st.sampled_from(["", "https://c.example", "http://c.example"])),
    )
)
def test_every_machine_gets_a_report(facts):
    """Total: any combination is judged and written, each finding with its text."""
    found = findings(facts)
    lines = report.lines(facts, found)
    assert all(line.isprintable() for line in lines)
    assert exit_code(found) in (0, 1)
    assert all(finding.text in "\n".join(lines) for finding in found)


def test_every_desktop_with_packages_has_a_command_for_each_manager_or_says_so():
    """No table entry leads to a KeyError."""
    for panel in (*advice._PANELS.values(), advice.BARE_X11, advice.BARE_WAYLAND):
        for manager in (*Manager, None):
            if panel.packages is not None:
                assert advice.install(panel.packages, manager)
