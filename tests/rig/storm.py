"""A daemon that floods the bus: online at once, then so many StatusChanged when told.

    python -m tests.rig.storm COUNT [--seconds S]

Prints `ready`; on SIGUSR1 sends COUNT signals, spread over S seconds (0: as fast as the bus
takes them), and prints `sent`. The last one says idle and online.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from tests.rig.daemon import Daemon, state_dict

_BATCH = 100
_STORM = (
    state_dict("QUEUE_MANAGER", "WORKING"),
    state_dict("QUEUE_MANAGER", "IDLE"),
    state_dict("SERVER_RESCAN", "WORKING"),
    state_dict("WAITING"),
    state_dict("READY"),
    state_dict("CHECK_VERSION"),
    state_dict("AUTH_FAILED"),
    state_dict("UNKNOWN_ERROR"),
)
_END = state_dict("QUEUE_MANAGER", "IDLE")


async def _storm(daemon: Daemon, count: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        if number % _BATCH == 0:
            await daemon.peer.flush()
            await asyncio.sleep(start + seconds * number / count - loop.time())
        daemon.state = _END if number == count - 1 else _STORM[number % len(_STORM)]
        daemon.emit("StatusChanged", "a{ss}", daemon.state)
    await daemon.peer.flush()
    print("sent", flush=True)


async def _serve(count: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    started, ended = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, started.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    daemon = Daemon(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    await daemon.appear(_END)
    print("ready", flush=True)
    await started.wait()
    await _storm(daemon, count, seconds)
    await ended.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig.storm")
    parser.add_argument("count", type=int)
    parser.add_argument("--seconds", type=float, default=0.0)
    options = parser.parse_args()
    asyncio.run(_serve(options.count, options.seconds))


if __name__ == "__main__":
    main()
