"""Real panels: xfce4-panel with its StatusNotifier plugin, and trayer for XEmbed."""

from __future__ import annotations

from pathlib import Path

from tests.rig.bus import Bus
from tests.rig.processes import Process, Processes, wait_until

_CHANNEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="{dark}"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="{size}"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="square-icons" type="bool" value="false"/>
      <property name="icon-size" type="int" value="22"/>
    </property>
  </property>
</channel>
"""


def start_xfce_panel(started: Processes, bus: Bus, size: int = 30, dark: bool = False) -> Process:
    """Start xfce4-panel along the top with the status tray alone.

    It brings its own StatusNotifierWatcher; wait for that name before a tray starts.
    """
    bus.activate("org.xfce.Xfconf", _xfconfd())
    channel = Path(started.env["XDG_CONFIG_HOME"]) / "xfce4/xfconf/xfce-perchannel-xml"
    channel.mkdir(parents=True)
    text = _CHANNEL.format(size=size, dark="true" if dark else "false")
    (channel / "xfce4-panel.xml").write_text(text)
    # No a11y bus and no portal are wanted on the private bus.
    return started.start(
        "xfce4-panel",
        "--disable-wm-check",
        env={"NO_AT_BRIDGE": "1", "GTK_USE_PORTAL": "0", "GDK_BACKEND": "x11"},
    )


def _xfconfd() -> str:
    """The settings service's program, by the machine's own activation file."""
    file = Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
    lines = file.read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("Exec="))


def start_trayer(started: Processes, height: int = 30) -> Process:
    """Start trayer in the upper right corner: a tray of the XEmbed kind, black."""
    return started.start(
        "trayer",
        "--edge",
        "top",
        "--align",
        "left",
        "--widthtype",
        "pixel",
        "--width",
        "200",
        "--height",
        str(height),
        "--tint",
        "0x000000",
        "--transparent",
        "false",
        env={"NO_AT_BRIDGE": "1"},
    )


def wait_for_name(started: Processes, name: str, owner: Process) -> None:
    """Until `name` has an owner on the bus."""

    def owned() -> bool:
        asked = started.run(
            "dbus-send",
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            f"string:{name}",
        )
        return "boolean true" in asked.stdout

    wait_until(owned, 60, f"an owner of {name}", owner)


def wait_for_window(started: Processes, name: str, owner: Process) -> None:
    """Until a window of that name is on the screen."""

    def shown() -> bool:
        return started.run("xdotool", "search", "--onlyvisible", "--name", name).returncode == 0

    wait_until(shown, 60, f"a window {name!r}", owner)
