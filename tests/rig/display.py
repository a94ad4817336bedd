"""An X display of a test's own. The server picks the number, so that tests never collide."""

from __future__ import annotations

from dataclasses import dataclass

from tests.rig.processes import Process, Processes


@dataclass
class Display:
    """A running Xvfb. `name` is what DISPLAY says, for example `:3`."""

    name: str
    process: Process


def start_display(
    started: Processes, *, width: int = 1280, height: int = 800, depth: int = 24, dpi: int = 96
) -> Display:
    """Start an X server without a window manager and put DISPLAY into the environment."""
    process = started.start(
        "Xvfb",
        "-displayfd",
        "1",
        "-screen",
        "0",
        f"{width}x{height}x{depth}",
        "-dpi",
        str(dpi),
        "-nolisten",
        "tcp",
        "-noreset",
    )
    name = ":" + process.wait_for_match(str.isdigit, "the display number")
    started.env["DISPLAY"] = name
    started.env["QT_QPA_PLATFORM"] = "xcb"
    started.env["XDG_SESSION_TYPE"] = "x11"
    return Display(name, process)
