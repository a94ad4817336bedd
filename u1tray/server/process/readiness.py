"""What a service manager is told: that requests are answered from now on.

The protocol of sd_notify(3), with nothing else than a socket; without a manager nothing is said.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

_READY = b"READY=1"
_VARIABLE = "NOTIFY_SOCKET"


def report_ready(environment: Mapping[str, str] = os.environ) -> None:
    """Say so, if anybody wants to know."""
    address = environment.get(_VARIABLE, "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    # A manager that is gone must not end the server.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.sendto(_READY, address)
