"""The daemon's configuration files: read in their order, ours alone written (D-Bus contract, 10.6).

Every change is on the disk when a setter returns. Other options, sections and comments survive.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from u1tray.disk.files import write_atomically
from u1tray.disk.ini import set_option
from u1tray.syncdaemon.options import ALL, Option
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import U1Error, UsageError

_Value = TypeVar("_Value")

FILE_NAME = "syncdaemon.conf"
ORIGINAL = "ubuntuone"

Texts = Mapping[tuple[str, str], str]


class Configuration:
    """The options in force. Make one with `Configuration.load`."""

    def __init__(self, file: Path, texts: Texts) -> None:
        self._file = file
        self._texts = dict(texts)

    @classmethod
    def load(cls) -> Configuration:
        """Read the files. Raises UsageError, naming file and option, for what cannot be."""
        file = places.config_directory() / FILE_NAME
        # The later wins: $XDG_CONFIG_DIRS from the back, then the person's own file. Without an
        # own file, what the original was told is the default.
        read_from = [] if file.exists() else [places.config_home() / ORIGINAL / FILE_NAME]
        read_from.append(file)
        for directory in places.config_dirs():
            system = directory / places.PROGRAM / FILE_NAME
            foreign = directory / ORIGINAL / FILE_NAME
            read_from.insert(0, system if system.exists() else foreign)
        texts: dict[tuple[str, str], str] = {}
        for path in read_from:
            texts.update(_read(path))
        return cls(file, texts)

    def get(self, option: Option[_Value]) -> _Value:
        """An option's value, or its default."""
        text = self._texts.get((option.section, option.name))
        return option.default if text is None else option.read(text)

    def set(self, option: Option[_Value], value: _Value) -> None:
        """Write an option to the person's file at once. Raises U1Error where that fails."""
        self.set_all({option: value})

    def set_all(self, values: Mapping[Option[_Value], _Value]) -> None:
        """Write several options of one type together."""
        try:
            # Read again: the tray, or the person, may have edited the file meanwhile.
            try:
                content = self._file.read_text(encoding="utf-8")
            except FileNotFoundError:
                content = self._inherited()
            for option, value in values.items():
                content = set_option(content, option.section, option.name, str(value))
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file.resolve(), content.encode())
        except (OSError, UnicodeDecodeError) as error:
            text = f"{self._file} cannot be written: {error}"
            raise U1Error(text) from error
        for option, value in values.items():
            self._texts[option.section, option.name] = str(value)

    def _inherited(self) -> str:
        """A first file of ours: what the original was told stays in force beside it."""
        content = ""
        for (section, name), text in _read(places.config_home() / ORIGINAL / FILE_NAME).items():
            content = set_option(content, section, name, text)
        return content


def _read(path: Path) -> dict[tuple[str, str], str]:
    """The known options of a file; `{}` where there is none. Raises UsageError."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        reason = " ".join(str(error).split())
        text = f"{path} cannot be read: {reason}"
        raise UsageError(text) from error
    texts = {}
    for option in ALL:
        if not parser.has_option(option.section, option.name):
            continue
        text = parser.get(option.section, option.name)
        _check(path, option, text)
        texts[option.section, option.name] = text
    return texts


def _check(path: Path, option: Option[Any], text: str) -> None:
    try:
        option.read(text)
    except ValueError as error:
        shown = text if len(text) <= 40 else text[:40] + "…"
        message = f"{path}: {option.name} = {shown!r} in [{option.section}]: {error}"
        raise UsageError(message) from error
