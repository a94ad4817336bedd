"""Which vault: `[credentials] store` in `credentials.conf` (D-Bus contract, 9.5)."""

from __future__ import annotations

import configparser
from enum import Enum
from pathlib import Path

from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

FILE_NAME = "credentials.conf"
SECTION = "credentials"


class Store(str, Enum):
    """The choices."""

    AUTO = "auto"
    KEYRING = "keyring"
    FILE = "file"


def load() -> Store:
    """The chosen store: the person's file first, then `$XDG_CONFIG_DIRS`, else `auto`.

    Raises UsageError for a file or value that cannot be used.
    """
    for directory in (places.config_home(), *places.config_dirs()):
        path = directory / places.PROGRAM / FILE_NAME
        chosen = _read(path)
        if chosen:
            return _store(chosen, path)
    return Store.AUTO


def _store(chosen: str, path: Path) -> Store:
    try:
        return Store(chosen)
    except ValueError:
        known = ", ".join(store.value for store in Store)
        text = f"In the file {path}: store = {chosen!r} is none of {known}."
        raise UsageError(text) from None


def _read(path: Path) -> str:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        reason = str(error).replace("\n", " ")
        text = f"The file {path} cannot be read: {reason}. Correct or remove it."
        raise UsageError(text) from None
    return parser.get(SECTION, "store", fallback="").strip()
