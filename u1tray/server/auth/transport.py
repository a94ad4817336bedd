"""The line a request came over (REST contract, 13.2, 13.3): scheme and peer, seen past proxies."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from u1tray.server.messages.request import Address, Request
from u1tray.server.settings.values import LocalPeer, Trusted

_NOBODY = IPv4Address(0)  # a peer we cannot name: never trusted, never loopback


@dataclass(frozen=True)
class Line:
    """`peer` None is a Unix socket."""

    scheme: str
    peer: Address | None


@functools.lru_cache(1024)  # asked with every request
def parse_peer(text: str) -> Address:
    """The address in a socket's or a proxy's words; 0.0.0.0 when there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return _NOBODY
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_trusted(peer: Address | None, trusted: Sequence[Trusted]) -> bool:
    """Whether a connection is that of a trusted proxy."""
    if peer is None:
        return LocalPeer.UNIX in trusted
    return any(not isinstance(one, LocalPeer) and peer in one for one in trusted)


def line_of(
    connection: Line,
    trusted: Sequence[Trusted],
    forwarded_proto: Sequence[str],
    forwarded_for: Sequence[str],
) -> Line:
    """The client's own line, when the connection is that of a trusted proxy."""
    peer = connection.peer
    if not is_trusted(peer, trusted):
        return connection
    scheme = _last(forwarded_proto).lower()
    address = _last(forwarded_for)
    return Line(
        scheme if scheme in ("http", "https") else connection.scheme,
        parse_peer(address) if address else peer,
    )


def is_confidential(request: Request) -> bool:
    """Whether nobody else can read the request: TLS, or a peer on this machine (13.3)."""
    return request.scheme == "https" or request.peer is None or request.peer.is_loopback


def _last(values: Sequence[str]) -> str:
    return values[-1].rpartition(",")[2].strip() if values else ""
