"""The options of the server: defaults, a file, the environment, the command line; last wins.

Only options that do something are known; anything else in the file is refused at start, with
the line at fault (REST contract, 18).
"""

from __future__ import annotations

import configparser
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from u1tray.server.endpoints import AnyEndpoint, Endpoint, parse_endpoint
from u1tray.server.storage.blobs.address import (
    DEFAULT_TIMEOUT_S,
    ContentAddress,
    ObjectAccess,
    parse_content_url,
    parse_endpoint_url,
)
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.vocabulary.errors import UsageError
from u1tray.vocabulary.units import parse_bytes

SECTION = "server"
VARIABLE_PREFIX = "U1SERVER_"
MAX_WORKERS = 64
_API = Endpoint("127.0.0.1", 9180)
_ADMIN = Endpoint("127.0.0.1", 9181)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class LocalPeer(Enum):
    """A trusted proxy that has no address, because it comes over a Unix socket."""

    UNIX = "unix"


Trusted = Network | LocalPeer


@dataclass(frozen=True)
class Settings:
    """Everything that can be chosen for `serve`."""

    data: Path | None = None
    database_url: URL | None = field(default=None, repr=False)  # holds a password
    content_url: ContentAddress | None = None
    object_store_endpoint: str | None = None
    object_store_region: str | None = None
    object_store_access_key_id: str | None = None
    object_store_secret_access_key: str | None = field(default=None, repr=False)
    object_store_timeout: float = DEFAULT_TIMEOUT_S
    listen: AnyEndpoint = _API
    admin_listen: AnyEndpoint = _ADMIN
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    name: str = "u1server"
    trusted_proxies: tuple[Trusted, ...] = ()
    revoked_status: int = 403
    require_ping: bool = False
    out_of_space_status: int = 507
    dedupe_scope: str = "account"
    durability: str = "full"
    tombstone_days: int = 0  # keep all
    max_upload_bytes: int | None = None
    public_url_prefix: str | None = None
    workers: int = 1
    registration: str = "closed"
    registration_quota: int | None = 5_000_000_000
    gc_interval: float = 86400.0  # seconds; 0 is never
    stop_timeout: float = 10.0  # seconds that running requests get when the server stops
    log_level: str = "INFO"
    log_format: str = "text"
    # Where each option was said, for faults that show only when it is used.
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def scheme(self) -> str:
        """What clients speak to `listen`."""
        return "http" if self.tls_certificate is None else "https"

    def fault(self, name: str, text: str) -> UsageError:
        """The error of an option that cannot be used as it was said, with its place."""
        source = self.sources.get(name)
        return UsageError(f"{source}: {text}" if source else text)

    @property
    def object_access(self) -> ObjectAccess:
        """How to reach the object store of `content_url`."""
        return ObjectAccess(
            self.object_store_endpoint,
            self.object_store_region,
            self.object_store_access_key_id,
            self.object_store_secret_access_key,
            self.object_store_timeout,
        )


def data_directory(settings: Settings) -> Path:
    """The data directory. Raises UsageError when there is none."""
    if settings.data is None:
        message = "no data directory: say --data DIR, or data = DIR in the file of --config"
        raise UsageError(message)
    return settings.data


def load_settings(
    file: Path | None, environment: Mapping[str, str], given: Mapping[str, str | None]
) -> Settings:
    """The settings of a start. `given` is what the command line said. Raises UsageError."""
    texts: dict[str, tuple[str, str]] = {}
    if file is not None:
        texts |= _from_file(file)
    for name in _PARSERS:
        variable = VARIABLE_PREFIX + name.upper()
        if environment.get(variable):
            texts[name] = (environment[variable], f"environment variable {variable}")
        text = given.get(name)
        if text is not None:
            texts[name] = (text, f"option --{name.replace('_', '-')}")
    values = {name: _parsed(name, *found) for name, found in texts.items()}
    return Settings(**values, sources={name: source for name, (_, source) in texts.items()})


def _parsed(name: str, text: str, source: str) -> Any:
    try:
        return _PARSERS[name](text)
    except ValueError as error:
        message = f"{source}: {error}"
        raise UsageError(message) from None


def _from_file(file: Path) -> dict[str, tuple[str, str]]:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        message = f"cannot read {file}: {error.strerror or error}"
        raise UsageError(message) from None
    except UnicodeDecodeError:
        message = f"cannot read {file}: it is not UTF-8 text"
        raise UsageError(message) from None
    parser = configparser.ConfigParser(interpolation=None, default_section="\0")
    try:
        parser.read_string(text, str(file))
    except configparser.Error as error:
        message = f"{file} line {_fault_of(error)}"
        raise UsageError(message) from None
    found = {}
    for section in parser.sections():
        line = _line_of(text, rf"\[{re.escape(section)}\]")
        if section != SECTION:
            message = f"{file} line {line}: unknown section [{section}]"
            raise UsageError(message)
        for name, value in parser.items(section):
            line = _line_of(text, rf"{re.escape(name)}\s*[=:]")
            if name not in _PARSERS:
                message = f"{file} line {line}: unknown option {name!r}"
                raise UsageError(message)
            found[name] = (value, f"{file} line {line}: {name}")
    return found


def _fault_of(error: configparser.Error) -> str:
    """Line and words, without what stands there: it may be a password."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"{error.lineno}: the first line must be [{SECTION}]"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"{error.lineno}: {error.option} is said twice"
    if isinstance(error, configparser.DuplicateSectionError):
        return f"{error.lineno}: the section [{error.section}] is there twice"
    if isinstance(error, configparser.ParsingError) and error.errors:
        return f"{error.errors[0][0]}: not of the form option = value"
    return "?: not an INI file"


def _line_of(text: str, pattern: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(pattern, line.strip(), re.IGNORECASE):
            return number
    return 0


def _path(text: str) -> Path:
    if not text.strip() or "\0" in text:
        message = "not a path"
        raise ValueError(message)
    return Path(text.strip()).expanduser()


def _boolean(text: str) -> bool:
    value = configparser.ConfigParser.BOOLEAN_STATES.get(text.strip().lower())
    if value is None:
        message = f"must be true or false, not {text!r}"
        raise ValueError(message)
    return value


def _choice(*allowed: str) -> Callable[[str], str]:
    """A parser of one of some words."""

    def parse(text: str) -> str:
        if text.strip() not in allowed:
            message = f"must be {' or '.join(allowed)}, not {text!r}"
            raise ValueError(message)
        return text.strip()

    return parse


def _status(*allowed: int) -> Callable[[str], int]:
    """A parser of one of some HTTP statuses."""
    choose = _choice(*map(str, allowed))
    return lambda text: int(choose(text))


def _limit(text: str) -> int | None:
    """A size such as 2GB, or `none`."""
    return None if text.strip().lower() == "none" else parse_bytes(text)


def _seconds(least: int, most: int) -> Callable[[str], float]:
    """A parser of a number of seconds."""

    def parse(text: str) -> float:
        said = text.strip()
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", said) or not least <= float(said) <= most:
            message = f"must be a number of seconds from {least} to {most}, not {text!r}"
            raise ValueError(message)
        return float(said)

    return parse


def _interval(text: str) -> float:
    """A time such as 3600 (seconds), 90min, 12h or 1d; 0 for never."""
    match = re.fullmatch(r"([0-9]{1,9})\s*(s|min|h|d|)", text.strip().lower())
    if match is None:
        message = f"must be a time such as 12h or 1d, or 0 for never, not {text!r}"
        raise ValueError(message)
    return float(match[1]) * {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86400}[match[2]]


def _days(text: str) -> int:
    """A number of days; 0 for ever."""
    if not re.fullmatch("[0-9]{1,5}", text.strip()):
        message = f"must be a number of days, or 0 for ever, not {text!r}"
        raise ValueError(message)
    return int(text)


def _prefix(text: str) -> str:
    prefix = text.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", prefix):
        message = f"not an http or https URL: {text!r}"
        raise ValueError(message)
    return prefix


def _workers(text: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text.strip()) or not 1 <= int(text) <= MAX_WORKERS:
        message = f"must be a number of processes from 1 to {MAX_WORKERS}, not {text!r}"
        raise ValueError(message)
    return int(text)


def _networks(text: str) -> tuple[Trusted, ...]:
    """Addresses, networks, or `unix` for all Unix sockets, separated by commas or blanks."""
    parts = [part for part in re.split(r"[\s,]+", text.strip()) if part]
    return tuple(
        LocalPeer.UNIX if part == LocalPeer.UNIX.value else ipaddress.ip_network(part)
        for part in parts
    )


def _name(text: str) -> str:
    if not text.strip() or not text.strip().isprintable():
        message = "must be a short printable name"
        raise ValueError(message)
    return text.strip()


def _log_level(text: str) -> str:
    level = text.strip().upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        message = f"must be debug, info, warning or error, not {text!r}"
        raise ValueError(message)
    return level


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "data": _path,
    "database_url": parse_database_url,
    "content_url": parse_content_url,
    "object_store_endpoint": parse_endpoint_url,
    "object_store_region": _name,
    "object_store_access_key_id": _name,
    "object_store_secret_access_key": _name,
    "object_store_timeout": _seconds(1, 300),  # collectors rely on it being no more (`garbage`)
    "listen": parse_endpoint,
    "admin_listen": parse_endpoint,
    "tls_certificate": _path,
    "tls_key": _path,
    "name": _name,
    "trusted_proxies": _networks,
    "revoked_status": _status(403, 401),
    "require_ping": _boolean,
    "out_of_space_status": _status(507, 402),
    "dedupe_scope": _choice("account", "server"),
    "durability": _choice("full", "relaxed"),
    "tombstone_days": _days,
    "max_upload_bytes": _limit,
    "public_url_prefix": _prefix,
    "workers": _workers,
    "registration": _choice("closed", "open"),
    "registration_quota": _limit,
    "gc_interval": _interval,
    "stop_timeout": _seconds(0, 3600),
    "log_level": _log_level,
    "log_format": _choice("text", "json"),
}
