"""The options of the server: defaults, a file, the environment, the command line; last wins.

Only options that do something are known; anything else in the file is refused at start, with
the line at fault (REST contract, 18).
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from u1tray.server.settings.values import (
    Trusted,
    choice,
    parse_boolean,
    parse_days,
    parse_interval,
    parse_limit,
    parse_log_level,
    parse_name,
    parse_networks,
    parse_path,
    parse_prefix,
    parse_workers,
    seconds,
    status,
)
from u1tray.server.sockets.endpoints import AnyEndpoint, Endpoint, parse_endpoint
from u1tray.server.storage.blobs.address import (
    DEFAULT_TIMEOUT_S,
    ContentAddress,
    ObjectAccess,
    parse_content_url,
    parse_endpoint_url,
)
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.vocabulary.errors import UsageError

SECTION = "server"
VARIABLE_PREFIX = "U1SERVER_"
_API = Endpoint("127.0.0.1", 9180)
_ADMIN = Endpoint("127.0.0.1", 9181)


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


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "data": parse_path,
    "database_url": parse_database_url,
    "content_url": parse_content_url,
    "object_store_endpoint": parse_endpoint_url,
    "object_store_region": parse_name,
    "object_store_access_key_id": parse_name,
    "object_store_secret_access_key": parse_name,
    "object_store_timeout": seconds(1, 300),  # collectors rely on it being no more (`garbage`)
    "listen": parse_endpoint,
    "admin_listen": parse_endpoint,
    "tls_certificate": parse_path,
    "tls_key": parse_path,
    "name": parse_name,
    "trusted_proxies": parse_networks,
    "revoked_status": status(403, 401),
    "require_ping": parse_boolean,
    "out_of_space_status": status(507, 402),
    "dedupe_scope": choice("account", "server"),
    "durability": choice("full", "relaxed"),
    "tombstone_days": parse_days,
    "max_upload_bytes": parse_limit,
    "public_url_prefix": parse_prefix,
    "workers": parse_workers,
    "registration": choice("closed", "open"),
    "registration_quota": parse_limit,
    "gc_interval": parse_interval,
    "stop_timeout": seconds(0, 3600),
    "log_level": parse_log_level,
    "log_format": choice("text", "json"),
}
