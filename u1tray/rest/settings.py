"""Which cloud: `[cloud]` in `cloud.conf`, or `U1_API_URL`. No host is built in (REST contract, 1).

Holds addresses only, never anything secret. Other clouds and accounts are sections of their own,
`[profile NAME]`.
"""

from __future__ import annotations

import configparser
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from u1tray.disk.files import write_atomically
from u1tray.rest.urls import root_of
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

FILE_NAME = "cloud.conf"
SECTION = "cloud"
API_VARIABLE = "U1_API_URL"


@dataclass(frozen=True)
class CloudSettings:
    """The roots `{one}`, `{files}` and `{sso}` of the contract; none ends with a slash.

    `ca_file` is a PEM file of authorities trusted beside the system's, `''` without.
    """

    api_url: str
    content_url: str
    sso_url: str
    ca_file: str = ""

    @classmethod
    def of(
        cls, api_url: str, content_url: str = "", sso_url: str = "", ca_file: str = ""
    ) -> CloudSettings:
        """Settings from what a person typed; the last two default to the first.

        Raises UsageError, with a text that says what is wrong.
        """
        api = root_of(api_url)
        return cls(
            api,
            root_of(content_url) if content_url.strip() else api,
            root_of(sso_url) if sso_url.strip() else api,
            ca_file.strip(),
        )


def settings_file() -> Path:
    """The person's own file, the only one ever written."""
    return places.config_directory() / FILE_NAME


def profile_section(name: str) -> str:
    """The section of a profile. Raises UsageError for what cannot be a profile's name."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", name):
        text = f"{name!r} cannot be the name of a profile: take letters, digits, - and _"
        raise UsageError(text)
    return f"profile {name}"


def load_section(section: str) -> CloudSettings | None:
    """The settings in one section: the person's file, then `$XDG_CONFIG_DIRS`.

    None where it names no cloud. Raises UsageError for a file or address that cannot be used.
    """
    for directory in (places.config_home(), *places.config_dirs()):
        found = _read(directory / places.PROGRAM / FILE_NAME, section)
        if found is not None:
            return found
    return None


def load(environ: Mapping[str, str] | None = None) -> CloudSettings | None:
    """The settings: `U1_API_URL` first, then the person's file, then `$XDG_CONFIG_DIRS`.

    None where no cloud is set. Raises UsageError for a file or address that cannot be used.
    """
    typed = (os.environ if environ is None else environ).get(API_VARIABLE, "")
    if typed.strip():
        return CloudSettings.of(typed)
    return load_section(SECTION)


def save(settings: CloudSettings, file: Path | None = None, section: str = SECTION) -> None:
    """Write the person's file; other sections and options in it survive, comments do not.

    Raises OSError, or UsageError if the present file cannot be read as INI.
    """
    path = (file or settings_file()).resolve()  # a linked file is written where it is
    path.parent.mkdir(parents=True, exist_ok=True)
    parser = _parsed(path) or _parser()
    if not parser.has_section(section):
        parser.add_section(section)
    parser.set(section, "api_url", settings.api_url)
    own = {
        "content_url": settings.content_url,
        "sso_url": settings.sso_url,
        "ca_file": settings.ca_file,
    }
    for option, value in own.items():
        if value in ("", settings.api_url):
            parser.remove_option(section, option)
        else:
            parser.set(section, option, value)
    text = io.StringIO()
    parser.write(text)
    write_atomically(path, text.getvalue().encode())


def forget(file: Path | None = None) -> None:
    """Take the cloud out of the person's file; a file of `$XDG_CONFIG_DIRS` may still name one.

    Raises OSError, or UsageError if the present file cannot be read as INI.
    """
    path = (file or settings_file()).resolve()
    parser = _parsed(path)
    if parser is None or not parser.remove_section(SECTION):
        return
    text = io.StringIO()
    parser.write(text)
    write_atomically(path, text.getvalue().encode())


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None)


def _parsed(path: Path) -> configparser.ConfigParser | None:
    """The file's content; None where there is no file."""
    parser = _parser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        reason = said or str(error).replace("\n", " ")
        text = f"The file {path} cannot be read: {reason}. Correct or remove it."
        raise UsageError(text) from None
    return parser


def _read(path: Path, name: str) -> CloudSettings | None:
    parser = _parsed(path)
    if parser is None or not parser.get(name, "api_url", fallback="").strip():
        return None
    section = parser[name]
    try:
        return CloudSettings.of(
            section["api_url"],
            section.get("content_url", ""),
            section.get("sso_url", ""),
            section.get("ca_file", ""),
        )
    except UsageError as error:
        text = f"In the file {path}: {error.text}"
        raise UsageError(text) from None
