"""What a person chose in Preferences: plain values, and their INI file.

The cloud's addresses are not here (`rest.settings`), nor is anything the daemon reads. Whether
the indicator starts with the session has one truth, the autostart file.
"""

from __future__ import annotations

import configparser
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from u1tray.disk import files
from u1tray.status.commands import Notice
from u1tray.tray.desktop import autostart
from u1tray.tray.surface.iconstyle import IconStyle
from u1tray.vocabulary import places

__all__ = ["IconStyle", "Settings", "SettingsStore", "file_path", "read", "wants", "written"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Everything Preferences offers but the cloud's address."""

    icon_style: IconStyle = IconStyle.AUTOMATIC
    notify_needs_login: bool = True
    notify_storage_full: bool = True
    notify_sync_error: bool = True
    notify_file_not_synced: bool = True
    notify_held_deletions: bool = True
    notify_conflict: bool = True
    start_with_session: bool = False
    start_file_sync: bool = False


# Field, section and option. `start_with_session` is read from and kept in the autostart file.
_PLACES = {
    "icon_style": ("indicator", "icon_style"),
    "start_file_sync": ("indicator", "start_file_sync"),
    "notify_needs_login": ("notifications", "needs_login"),
    "notify_storage_full": ("notifications", "storage_full"),
    "notify_sync_error": ("notifications", "sync_error"),
    "notify_file_not_synced": ("notifications", "file_not_synced"),
    "notify_held_deletions": ("notifications", "held_deletions"),
    "notify_conflict": ("notifications", "conflict"),
}

# The switch of each kind of notice, `''` for the answer to what the person asked.
SWITCHES: Mapping[Notice, str] = {
    Notice.NEEDS_LOGIN: "notify_needs_login",
    Notice.STORAGE_FULL: "notify_storage_full",
    Notice.SYNC_ERROR: "notify_sync_error",
    Notice.FILE_NOT_SYNCED: "notify_file_not_synced",
    Notice.HELD_DELETIONS: "notify_held_deletions",
    Notice.CONFLICT: "notify_conflict",
    Notice.LOGIN_FAILED: "",
}

_BOOLEANS = {"1": True, "yes": True, "true": True, "on": True} | {
    "0": False,
    "no": False,
    "false": False,
    "off": False,
}


def wants(settings: Settings, notice: Notice) -> bool:
    """Whether the person wants to be told of this kind."""
    switch = SWITCHES[notice]
    return not switch or bool(getattr(settings, switch))


def file_path() -> Path:
    """`$XDG_CONFIG_HOME/u1tray/u1tray.conf`."""
    return places.config_directory() / "u1tray.conf"


def read(text: str) -> tuple[Settings, tuple[str, ...]]:
    """The settings in an INI text, and one complaint for each value that could not be read.

    A bad or missing value is the default. Raises configparser.Error when it is no INI at all.
    """
    if not text:
        return Settings(), ()
    parser = _parser()
    parser.read_string(text)
    found: dict[str, Any] = {}
    complaints = []
    for field, (section, option) in _PLACES.items():
        written = parser.get(section, option, fallback=None)
        if written is None:
            continue
        value = _value(field, written)
        if value is None:
            complaints.append(f"[{section}] {option} = {written!r} is not understood")
        else:
            found[field] = value
    return Settings(**found), tuple(complaints)


def written(settings: Settings, text: str) -> str:
    """The INI text with these settings; what else is in `text` survives, but for comments.

    Raises configparser.Error when `text` is no INI at all.
    """
    parser = _parser()
    parser.read_string(text)
    for field, (section, option) in _PLACES.items():
        if not parser.has_section(section):
            parser.add_section(section)
        value = getattr(settings, field)
        parser.set(section, option, value.value if isinstance(value, IconStyle) else str(value))
    out = StringIO()
    parser.write(out)
    return out.getvalue()


class SettingsStore:
    """The settings on disk, and who wants to know when they change."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or file_path()
        self._listeners: list[Callable[[Settings], None]] = []
        self.settings = Settings()

    def on_changed(self, listener: Callable[[Settings], None]) -> None:
        """Call `listener` with the new settings after each save or load that changed them."""
        self._listeners.append(listener)

    def load(self) -> Settings:
        """Read the file; what cannot be read is the default, with one line in the log."""
        settings = Settings()
        try:
            settings, complaints = read(self._text())
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            complaints = (_one_line(error),)
        if complaints:
            _log.warning("%s: %s; the default is used", self._path, "; ".join(complaints))
        self._set(replace(settings, start_with_session=autostart.is_enabled()))
        return self.settings

    def save(self, settings: Settings) -> None:
        """Write the file and, if that choice changed, the autostart file.

        Raises OSError; ConflictError when the autostart file is another program's (everything
        else is saved by then).
        """
        files.write_text(self._path, written(settings, self._kept_text()))
        wanted = settings.start_with_session
        # Only what is on disk is announced, also when the autostart file cannot be changed.
        self._set(replace(settings, start_with_session=autostart.is_enabled()))
        if wanted != self.settings.start_with_session:
            if wanted:
                autostart.enable()
            else:
                autostart.disable()
            self._set(settings)

    def _set(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        for listener in self._listeners:
            listener(settings)

    def _text(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _kept_text(self) -> str:
        """The text to rewrite; a file that is no INI is put aside, not thrown away."""
        try:
            text = self._text()
            _parser().read_string(text)
        except (UnicodeDecodeError, configparser.Error) as error:
            aside = self._path.with_name(self._path.name + ".broken")
            self._path.replace(aside)
            _log.warning("%s: %s; kept as %s", self._path, _one_line(error), aside.name)
            return ""
        return text


def _parser() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep unknown names' case
    return parser


def _value(field: str, text: str) -> bool | IconStyle | None:
    if field == "icon_style":
        return next((style for style in IconStyle if style.value == text.strip().lower()), None)
    return _BOOLEANS.get(text.strip().lower())


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
