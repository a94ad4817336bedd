"""A private dbus-daemon that serves activation files from one directory of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.rig.processes import Process, Processes

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="service_start_timeout">{start_timeout_ms}</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""


@dataclass
class Bus:
    """A running private bus. `services` is where activation files go (see `activate`)."""

    address: str
    services: Path
    process: Process
    started: Processes

    def activate(self, name: str, command: str) -> None:
        """Make a name activatable, and known to be so when this returns.

        The bus watches its directory only some time after it printed its address, so a file
        written early would be missed: it is told to read it.
        """
        self.services.mkdir(parents=True, exist_ok=True)
        (self.services / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec={command}\n"
        )
        self.reload()

    def reload(self) -> None:
        """Let the bus read its activation files again, and wait until it has."""
        done = self.started.run(
            "dbus-send",
            f"--bus={self.address}",
            "--dest=org.freedesktop.DBus",
            "--print-reply",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.ReloadConfig",
        )
        assert done.returncode == 0, done.stderr


def start_bus(
    started: Processes, directory: Path, name: str = "bus", start_timeout_ms: int = 25000
) -> Bus:
    """Start a dbus-daemon and put its address into the environment of `started`.

    The activation directory is the user's own (`$XDG_DATA_HOME/dbus-1/services`).
    """
    services = Path(started.env["XDG_DATA_HOME"]) / "dbus-1/services"
    services.mkdir(parents=True, exist_ok=True)
    socket = directory / f"{name}.sock"
    config = directory / f"{name}.conf"
    config.write_text(
        _CONFIG.format(socket=socket, services=services, start_timeout_ms=start_timeout_ms)
    )
    process = started.start(
        "dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"
    )
    # Without the guid, as a desktop session has it: a bus that is restarted has another one.
    address = process.wait_for_line("unix:").partition(",guid=")[0]
    started.env["DBUS_SESSION_BUS_ADDRESS"] = address
    # No test ever sees the machine's system bus: NetworkManager and logind are absent unless a
    # test brings them (then it starts a second bus and points this variable to it).
    started.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={directory}/no-system-bus"
    return Bus(address, services, process, started)
