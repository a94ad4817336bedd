"""What the values of the server's options may be: each parser takes the words that were said.

They raise ValueError, with a sentence for the person who said them.
"""

from __future__ import annotations

import configparser
import ipaddress
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from u1tray.vocabulary.units import parse_bytes

MAX_WORKERS = 64

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class LocalPeer(Enum):
    """A trusted proxy that has no address, because it comes over a Unix socket."""

    UNIX = "unix"


Trusted = Network | LocalPeer


def parse_path(text: str) -> Path:
    """A path, `~` being the home of who runs the server."""
    if not text.strip() or "\0" in text:
        message = "not a path"
        raise ValueError(message)
    return Path(text.strip()).expanduser()


def parse_boolean(text: str) -> bool:
    """True or false, yes or no, on or off, 1 or 0."""
    value = configparser.ConfigParser.BOOLEAN_STATES.get(text.strip().lower())
    if value is None:
        message = f"must be true or false, not {text!r}"
        raise ValueError(message)
    return value


def choice(*allowed: str) -> Callable[[str], str]:
    """A parser of one of some words."""

    def parse(text: str) -> str:
        if text.strip() not in allowed:
            message = f"must be {' or '.join(allowed)}, not {text!r}"
            raise ValueError(message)
        return text.strip()

    return parse


def status(*allowed: int) -> Callable[[str], int]:
    """A parser of one of some HTTP statuses."""
    choose = choice(*map(str, allowed))
    return lambda text: int(choose(text))


def parse_limit(text: str) -> int | None:
    """A size such as 2GB, or `none`."""
    return None if text.strip().lower() == "none" else parse_bytes(text)


def seconds(least: int, most: int) -> Callable[[str], float]:
    """A parser of a number of seconds."""

    def parse(text: str) -> float:
        said = text.strip()
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", said) or not least <= float(said) <= most:
            message = f"must be a number of seconds from {least} to {most}, not {text!r}"
            raise ValueError(message)
        return float(said)

    return parse


def parse_interval(text: str) -> float:
    """A time such as 3600 (seconds), 90min, 12h or 1d; 0 for never."""
    match = re.fullmatch(r"([0-9]{1,9})\s*(s|min|h|d|)", text.strip().lower())
    if match is None:
        message = f"must be a time such as 12h or 1d, or 0 for never, not {text!r}"
        raise ValueError(message)
    return float(match[1]) * {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86400}[match[2]]


def parse_days(text: str) -> int:
    """A number of days; 0 for ever."""
    if not re.fullmatch("[0-9]{1,5}", text.strip()):
        message = f"must be a number of days, or 0 for ever, not {text!r}"
        raise ValueError(message)
    return int(text)


def parse_prefix(text: str) -> str:
    """An http or https URL without its final slashes."""
    prefix = text.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", prefix):
        message = f"not an http or https URL: {text!r}"
        raise ValueError(message)
    return prefix


def parse_workers(text: str) -> int:
    """A number of processes."""
    if not re.fullmatch("[0-9]{1,3}", text.strip()) or not 1 <= int(text) <= MAX_WORKERS:
        message = f"must be a number of processes from 1 to {MAX_WORKERS}, not {text!r}"
        raise ValueError(message)
    return int(text)


def parse_networks(text: str) -> tuple[Trusted, ...]:
    """Addresses, networks, or `unix` for all Unix sockets, separated by commas or blanks."""
    parts = [part for part in re.split(r"[\s,]+", text.strip()) if part]
    return tuple(
        LocalPeer.UNIX if part == LocalPeer.UNIX.value else ipaddress.ip_network(part)
        for part in parts
    )


def parse_name(text: str) -> str:
    """A short printable text."""
    if not text.strip() or not text.strip().isprintable():
        message = "must be a short printable name"
        raise ValueError(message)
    return text.strip()


def parse_log_level(text: str) -> str:
    """A level of `logging`."""
    level = text.strip().upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        message = f"must be debug, info, warning or error, not {text!r}"
        raise ValueError(message)
    return level
