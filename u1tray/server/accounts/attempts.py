"""How often somebody may try: log-ins that fail (REST contract, 14), and registrations.

Counted in the database, so for all processes together.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection

from u1tray.server.storage.metadata import attempts as rows


@dataclass(frozen=True)
class Limit:
    """At most `count` attempts of one subject within `window_s` seconds."""

    count: int
    window_s: float


LOG_IN = Limit(10, 600.0)
REGISTRATION = Limit(5, 3600.0)
_LONGEST_S = max(LOG_IN.window_s, REGISTRATION.window_s)
# One customer of a provider has a network of this size, and may use any address of it.
_IPV6_PREFIX_BITS = 64


class TooManyAttemptsError(Exception):
    """Nothing more is looked at for `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts, again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def subjects(email_key: str, address: str) -> tuple[bytes, ...]:
    """Whom a log-in is counted for. Unknown e-mail addresses count like known ones."""
    account = _digest(f"account {email_key}")
    return (account, _digest(f"address {_origin(address)}")) if address else (account,)


def registration_subject(address: str) -> bytes:
    """Whom a registration is counted for; all without an address are one."""
    return _digest(f"registration {_origin(address)}")


def begin(
    connection: Connection, who: tuple[bytes, ...], now: float, limit: Limit = LOG_IN
) -> list[int]:
    """Count an attempt as failed before it is looked at, so that many at once count too.

    The result is for `succeed`. Raises TooManyAttemptsError.
    """
    rows.lock(connection, who)
    rows.forget_before(connection, now - _LONGEST_S)
    waits = [_wait_s(connection, subject, now, limit) for subject in who]
    if any(waits):
        raise TooManyAttemptsError(max(waits))
    return [rows.add(connection, subject, now) for subject in who]


def succeed(connection: Connection, numbers: list[int]) -> None:
    """All was right: the attempt counts no longer."""
    rows.remove(connection, numbers)


def _wait_s(connection: Connection, subject: bytes, now: float, limit: Limit) -> int:
    """Seconds until there are fewer attempts than are taken; 0 when there are."""
    made = rows.since(connection, subject, now - limit.window_s)
    if len(made) < limit.count:
        return 0
    return max(1, math.ceil(made[-limit.count] + limit.window_s - now))


def _origin(address: str) -> str:
    """What counts as one peer: an IPv4 address, or the network of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_PREFIX_BITS), strict=False))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
