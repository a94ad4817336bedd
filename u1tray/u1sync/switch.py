"""Whether a user file switches file sync off (D-Bus contract, 10.6 and T4). Only reads."""

from __future__ import annotations

import configparser

from u1tray.vocabulary import places

_DIRECTORIES = (places.PROGRAM, "ubuntuone", "magicicada")


def is_switched_off() -> bool:
    """Whether any daemon's user file says `files_sync_enabled = False`."""
    return any(_says_off(directory) for directory in _DIRECTORIES)


def _says_off(directory: str) -> bool:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    path = places.config_home() / directory / "syncdaemon.conf"
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        return not parser.getboolean("__main__", "files_sync_enabled", fallback=True)
    except (OSError, ValueError, configparser.Error):
        return False  # what is wrong with the file is the daemon's to say
