"""`u1tray --diagnose` on real sessions: bare, with a bus, with real panels; it starts nothing."""

from __future__ import annotations

import time

import pytest

from tests.rig.display import start_display
from tests.rig.panels import start_trayer, start_xfce_panel
from tests.rig.processes import wait_until
from tests.rig.webserver import web_server

SECONDS = 60


def diagnose(started):
    done = started.run("u1tray", "--diagnose", seconds=SECONDS)
    assert done.stderr == ""
    assert "Traceback" not in done.stdout
    return done


def row(output: str, name: str) -> str:
    """The value beside a name."""
    found = [line for line in output.splitlines() if line.strip().startswith(name)]
    return found[0].strip().removeprefix(name).strip()


def save_cloud(home, url):
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[cloud]\napi_url = {url}\n")


@pytest.mark.bus
def test_without_bus_and_display_it_says_so_and_ends_with_1(started):
    """It works where nothing else does."""
    done = diagnose(started)
    assert done.returncode == 1
    assert row(done.stdout, "session bus") == "not reachable"
    assert "There is no display" in done.stdout


@pytest.mark.bus
def test_dead_bus_address_is_no_bus(started, home):
    """An address that leads nowhere is not followed by a start of a bus."""
    started.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={home}/nobody"
    assert row(diagnose(started).stdout, "session bus") == "not reachable"


@pytest.mark.bus
def test_installed_services_are_named_and_not_started(started, home, bus):
    """Looking at a service must not start it (T1)."""
    for name in ("com.ubuntuone.SyncDaemon", "com.ubuntuone.Credentials"):
        bus.activate(name, f"/usr/bin/touch {home}/started")
    bus.activate("org.freedesktop.secrets", f"/usr/bin/touch {home}/started")
    bus.activate("org.freedesktop.Notifications", f"/usr/bin/touch {home}/started")
    started.run("dbus-send", "--session", "--dest=org.freedesktop.DBus", "--print-reply",
                "/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig")  # fmt: skip
    done = diagnose(started)
    for name in ("com.ubuntuone.SyncDaemon", "com.ubuntuone.Credentials"):
        assert row(done.stdout, name) == "not running, can be started"
    assert "File sync is not running." in done.stdout
    assert not (home / "started").exists()


@pytest.mark.bus
def test_running_services_are_named_by_program_and_pid(started, bus):
    """Who answers is seen from the bus and the process table."""
    service = started.start("u1tray-credentials", "--stay", "--debug")
    service.wait_for_line("ready")
    found = row(diagnose(started).stdout, "com.ubuntuone.Credentials")
    assert found == f"u1tray-credentials (pid {service.pid})"


@pytest.mark.bus
def test_reachable_cloud_and_its_clock_are_told(started, home, bus):
    """GET {one}/api/time (REST contract, 13.4)."""
    with web_server() as server:
        save_cloud(home, server.url)
        server.reply("200 OK", str(int(time.time()) + 7200).encode(), "Content-Type: text/plain")
        done = diagnose(started)
        assert row(done.stdout, "address") == server.url
        assert "The clocks of this computer and of the cloud differ by 7" in done.stdout
        assert [heard.target for heard in server.heard] == ["/api/time"]
        assert "Authorization" not in server.heard[0].headers


@pytest.mark.bus
def test_mute_cloud_is_given_up_within_seconds(started, home, bus):
    """It never blocks for long."""
    with web_server() as server:
        save_cloud(home, server.url)
        server.hold()
        before = time.monotonic()
        done = diagnose(started)
        assert time.monotonic() - before < 30
        assert f"The cloud {server.url} cannot be used" in done.stdout


@pytest.mark.bus
def test_unreadable_configuration_is_a_finding(started, home, bus):
    """A broken file is said, not a traceback."""
    file = home / ".config/u1tray/cloud.conf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff[cloud")
    done = diagnose(started)
    assert "cannot be read" in done.stdout
    assert done.returncode == 1


@pytest.mark.panel
def test_running_indicator_in_xfce_tells_its_protocol(started, bus):
    """The indicator itself says which protocol Qt took."""
    start_display(started)
    started.env["XDG_CURRENT_DESKTOP"] = "XFCE"
    panel = start_xfce_panel(started, bus)
    wait_until(
        lambda: row(diagnose(started).stdout, "a panel registered with it") == "yes",
        60,
        "the panel is registered",
        panel,
    )
    indicator = started.start("u1tray")
    output = wait_until(
        lambda: "protocol Qt took" in (out := diagnose(started).stdout) and out,
        60,
        "the indicator has decided",
        indicator,
    )
    assert row(output, "protocol Qt took") == "StatusNotifierItem"
    assert f"pid {indicator.pid}" in row(output, "indicator")
    assert row(output, "StatusNotifierWatcher").startswith("xfce4-panel (pid ")


@pytest.mark.panel
def test_display_with_xembed_tray_would_get_xembed(started, bus):
    """No watcher, but a tray of the old kind: that is enough for an icon."""
    start_display(started)
    start_trayer(started)
    output = wait_until(
        lambda: row((out := diagnose(started).stdout), "XEmbed tray") == "yes" and out,
        60,
        "trayer is there",
    )
    assert row(output, "protocol Qt would take") == "XEmbed"
    assert "shows icons in this session" not in output


@pytest.mark.panel
def test_display_without_panel_says_what_to_install(started, bus):
    """An empty screen: the advice for a bare window manager."""
    start_display(started)
    started.env["XDG_CURRENT_DESKTOP"] = "openbox"
    done = diagnose(started)
    assert done.returncode == 1
    assert "There is nothing that shows icons in this session." in done.stdout
    assert "xfce4-panel" in done.stdout
