"""Whether there is a display, found out before Qt does: Qt ends the process where there is none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_X_DISPLAY = re.compile(r"(?P<host>[^:]*):(?P<number>[0-9]+)(\.[0-9]+)?")
_BOUND = "/proc/net/unix"


def is_reachable(environment: Mapping[str, str]) -> bool:
    """Whether Qt will find a display. A display on another machine is taken at its word."""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform and platform not in ("xcb", "wayland"):
        return True
    if platform != "xcb" and _wayland(environment):
        return True
    return platform != "wayland" and _x11(environment.get("DISPLAY", ""))


def _wayland(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    return bool(name) and os.path.exists(os.path.join(runtime, name))


def _x11(display: str) -> bool:
    found = _X_DISPLAY.fullmatch(display)
    if found is None:
        # A path is allowed too (libxcb); whatever else it is, it is none we know.
        return display.startswith("/") and os.path.exists(display)
    if found["host"] not in ("", "unix"):
        return True
    path = f"/tmp/.X11-unix/X{found['number']}"  # noqa: S108 - where X servers listen
    return os.path.exists(path) or _is_abstract(path)


def _is_abstract(path: str) -> bool:
    """Whether a server listens at the abstract address only, as without a writable /tmp."""
    try:
        with open(_BOUND, encoding="utf-8", errors="replace") as bound:
            return any(line.rstrip("\n").endswith(f" @{path}") for line in bound)
    except OSError:
        return False
