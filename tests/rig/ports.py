"""Ports for servers that cannot choose their own, or that must come back where they were.

The system gives ports of its own choice to everybody who asks for one and to every client, from a
range that it tells: outside of it a port that was free stays free.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 10_000, 65_535
_chance = random.SystemRandom()


def free_port() -> int:
    """One that nobody has, and that the system gives to nobody by itself."""
    first, last = map(int, _RANGE.read_text().split())
    ours = [port for port in range(_LOWEST, _HIGHEST + 1) if not first <= port <= last]
    while True:
        # Where the system keeps nothing back for us, all are alike.
        port = _chance.choice(ours or range(_LOWEST, _HIGHEST))
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
