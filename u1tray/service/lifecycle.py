"""The end of a service: signals of the system that ask for it, and no waiting afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

TERMINATION = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LAST_SECONDS = 2.0


def run(service: Coroutine[Any, Any, int]) -> int:
    """`asyncio.run` of a service that gives its exit status, without waiting for threads long.

    A host name that is being looked up cannot be given up, and may take a minute (10.1); two
    seconds after the service is done the process ends all the same.
    """
    watch: threading.Timer | None = None

    async def watched() -> int:
        nonlocal watch
        status = await service
        watch = threading.Timer(LAST_SECONDS, os._exit, (status,))
        watch.daemon = True
        watch.start()
        return status

    try:
        return asyncio.run(watched())
    finally:
        if watch is not None:
            watch.cancel()


def on_termination(callback: Callable[[], None]) -> None:
    """Call back in the running loop at SIGTERM, SIGINT and SIGHUP (D-Bus contract, 10.1)."""
    loop = asyncio.get_running_loop()
    for number in TERMINATION:
        loop.add_signal_handler(number, callback)
