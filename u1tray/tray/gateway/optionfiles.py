"""Whether a daemon's user file switches file sync off, and switching it on (D-Bus contract, 10.6).

Of each file only the one value is ever changed, byte for byte.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from pathlib import Path

from u1tray.vocabulary import places

log = logging.getLogger(__name__)

_DIRECTORIES = ("u1tray", "ubuntuone", "magicicada")
_SECTION = b"__main__"
_HEADER = re.compile(rb"\s*\[([^\]]*)\]")
_OPTION = re.compile(rb"(?i)(files_sync_enabled[ \t]*[=:][ \t]*)([^\s#;]*)")
_FALSE = frozenset({b"false", b"0", b"off", b"no"})


def paths() -> list[Path]:
    """The user file of our daemon, of the original and of magicicada."""
    return [places.config_home() / directory / "syncdaemon.conf" for directory in _DIRECTORIES]


def switched_off() -> bool:
    """Whether any user file says that file sync is off."""
    return any(_switched_on(content) is not None for content in map(_read, paths()))


def switch_on() -> None:
    """Write True where a user file says False; nothing else changes. Raises OSError."""
    for path in paths():
        content = _switched_on(_read(path))
        if content is not None:
            _replace(path, content)
            log.info("switched file sync on in %s", path)


def _switched_on(content: bytes) -> bytes | None:
    """The content with every false value of the option made True; None if there is none."""
    lines = content.splitlines(keepends=True)
    section, changed = b"", False
    for index, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            section = header.group(1)
            continue
        option = _OPTION.match(line) if section == _SECTION else None
        if option and option.group(2).lower() in _FALSE:
            lines[index] = option.group(1) + b"True" + line[option.end() :]
            changed = True
    return b"".join(lines) if changed else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        log.warning("%s cannot be read: %s", path, error.strerror)
        return b""


def _replace(path: Path, content: bytes) -> None:
    # tempfile is a heavy import, and hardly anybody ever comes here.
    from u1tray.disk.files import write_atomically  # noqa: PLC0415

    mode = stat.S_IMODE(path.stat().st_mode)
    write_atomically(Path(os.path.realpath(path)), content, mode)
