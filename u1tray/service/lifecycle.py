"""The end of a service: signals of the system that ask for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

TERMINATION = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def on_termination(callback: Callable[[], None]) -> None:
    """Call back in the running loop at SIGTERM, SIGINT and SIGHUP (D-Bus contract, 10.1)."""
    loop = asyncio.get_running_loop()
    for number in TERMINATION:
        loop.add_signal_handler(number, callback)
