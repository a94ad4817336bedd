"""Starting the indicator with the session: the one file of the XDG autostart specification.

Must not replace or remove a file that somebody else wrote.
"""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

from u1tray.disk import files
from u1tray.tray.desktop.programs import INDICATOR, desktop_exec, program
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import ConflictError

FILE_NAME = "u1tray.desktop"

_GROUP = "Desktop Entry"
_ENTRY = """[Desktop Entry]
Type=Application
Name=Ubuntu One
Comment=Shows whether your files are safe in the cloud
Exec={command}
Icon=u1tray-idle
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
"""
_HIDDEN = """[Desktop Entry]
Type=Application
Name=Ubuntu One
Exec={command}
Hidden=true
"""


def file_path() -> Path:
    """`$XDG_CONFIG_HOME/autostart/u1tray.desktop`."""
    return places.config_home() / "autostart" / FILE_NAME


def is_enabled() -> bool:
    """Whether the desktop will start the indicator; the person's file hides the system's."""
    for path in (file_path(), *_system_files()):
        entry = _read(path)
        if entry is not None:
            return _starts(entry) and _is_ours(entry)
    return False


def enable() -> Path:
    """Write the file. Raises ConflictError when another program's file is there, OSError."""
    path = file_path()
    _refuse_foreign(path)
    files.write_text(path, _ENTRY.format(command=_command()))
    return path


def refresh() -> None:
    """Write the file again where it is in use: a private cloud came or went. Raises OSError."""
    entry = _read(file_path())
    if entry is not None and _starts(entry) and _is_ours(entry):
        enable()


def disable() -> None:
    """Take the file away, or hide the system's. Raises ConflictError, OSError."""
    path = file_path()
    _refuse_foreign(path)
    if any(file.exists() for file in _system_files()):
        files.write_text(path, _HIDDEN.format(command=_command()))
    else:
        files.remove(path)


def _system_files() -> list[Path]:
    return [directory / "autostart" / FILE_NAME for directory in places.config_dirs()]


def _command() -> str:
    from u1tray.tray.embedded import manifest  # noqa: PLC0415 - only where a file is written

    # A private cloud runs as long as the command that started it.
    options = ["--embedded"] if manifest.file_path().exists() else []
    return desktop_exec([str(program(INDICATOR)), *options])


def _refuse_foreign(path: Path) -> None:
    if not path.exists() or _is_ours(_read(path)):
        return
    text = f"{path} was not written by u1tray and is left as it is: remove it yourself first."
    raise ConflictError(text)


def _is_ours(entry: configparser.SectionProxy | None) -> bool:
    """Whether the entry runs a program named u1tray."""
    return entry is not None and Path(_first_word(entry.get("Exec", ""))).name == INDICATOR


def _starts(entry: configparser.SectionProxy) -> bool:
    hidden = entry.get("Hidden", "false").lower() == "true"
    off = entry.get("X-GNOME-Autostart-enabled", "true").lower() == "false"
    return not (hidden or off)


def _read(path: Path) -> configparser.SectionProxy | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return parser[_GROUP] if parser.has_section(_GROUP) else None


def _first_word(command: str) -> str:
    try:
        words = shlex.split(command.replace("\\\\", "\\"))
    except ValueError:
        return ""
    return words[0].replace("%%", "%") if words else ""
