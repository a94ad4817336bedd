"""An environment with nothing of the machine's user in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONWARNINGS", "COVERAGE_PROCESS_START")


def scrubbed(home: Path) -> dict[str, str]:
    """The environment of a person whose home is `home` (made here): no bus, no display."""
    runtime = home / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    scripts = str(Path(sys.executable).parent)
    return kept | {
        "PATH": scripts + os.pathsep + kept.get("PATH", os.defpath),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CONFIG_DIRS": str(home / "etc/xdg"),
        "XDG_DATA_DIRS": f"{home / 'usr/share'}:/usr/share",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONFAULTHANDLER": "1",
    }
