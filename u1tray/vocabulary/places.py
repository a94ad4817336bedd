"""Where files are: the XDG directories and what was installed with the package.

Only names places; nothing is read, made or written here. Where there is no home directory, what
would be below it is a UsageError.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from u1tray.vocabulary.errors import UsageError

PROGRAM = "u1tray"


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG base directory specification: a relative path is invalid and is ignored.
    if value.startswith("/"):
        return Path(value)
    try:
        return Path.home() / default
    except RuntimeError:
        text = f"This user has no home directory. Set HOME, or {variable}."
        raise UsageError(text) from None


def config_home() -> Path:
    """`$XDG_CONFIG_HOME`."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def data_home() -> Path:
    """`$XDG_DATA_HOME`."""
    return _xdg("XDG_DATA_HOME", ".local/share")


def cache_home() -> Path:
    """`$XDG_CACHE_HOME`."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def state_home() -> Path:
    """`$XDG_STATE_HOME`."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def runtime_dir() -> Path | None:
    """`$XDG_RUNTIME_DIR`, or None where there is none."""
    value = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(value) if value.startswith("/") else None


def _listed(variable: str, default: str) -> list[Path]:
    names = (os.environ.get(variable) or default).split(":")
    return [Path(name) for name in names if name.startswith("/")]


def config_dirs() -> list[Path]:
    """`$XDG_CONFIG_DIRS`, first wins."""
    return _listed("XDG_CONFIG_DIRS", "/etc/xdg")


def data_dirs() -> list[Path]:
    """`$XDG_DATA_DIRS`, first wins."""
    return _listed("XDG_DATA_DIRS", "/usr/local/share:/usr/share")


def config_directory() -> Path:
    """Our own configuration: `$XDG_CONFIG_HOME/u1tray`."""
    return config_home() / PROGRAM


def data_directory() -> Path:
    """Our own data: `$XDG_DATA_HOME/u1tray`."""
    return data_home() / PROGRAM


def log_directory() -> Path:
    """Our logs: `$XDG_CACHE_HOME/u1tray/log` (D-Bus contract, 10.6)."""
    return cache_home() / PROGRAM / "log"


def share_directories() -> list[Path]:
    """Every directory with the layout of `share` that the package's data files may be under.

    In a checkout, `resources` and `data` have that layout themselves: an editable installation
    brings no data files.
    """
    checkout = Path(__file__).parents[2]
    own = [checkout / "resources", checkout / "data"] if (checkout / "setup.cfg").exists() else []
    # In a virtual environment; elsewhere it lies above the package. (sysconfig would say the same,
    # at the price of reading everything Python was built with.)
    installed = Path(sys.prefix) / "share"
    beside_package = [parent / "share" for parent in Path(__file__).parents[3:6]]
    found: list[Path] = []
    for place in (*own, installed, *beside_package, data_home(), *data_dirs()):
        if place not in found:
            found.append(place)
    return found


def installed(relative: str) -> Path | None:
    """An installed data file such as `'doc/u1tray/manual.html'`, or None."""
    places = (directory / relative for directory in share_directories())
    return next((place for place in places if place.exists()), None)
