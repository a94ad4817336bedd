"""A supervisor whose processes end as soon as they are ready: it must give up."""

from __future__ import annotations

import logging
import os
import sys

from u1tray.server.process.supervisor import READY, Lifeline, Supervisor, unblock_signals


def die(lifeline: Lifeline) -> int:
    """Get ready, then end as if by accident."""
    unblock_signals()
    lifeline.report_ready()
    os.read(lifeline.descriptor, 0)
    return 7


if __name__ == "__main__":
    logging.basicConfig(level="INFO")

    def end(pid: int) -> None:
        """As if it had got ready just when all was over."""
        print("end", pid)
        os.kill(os.getpid(), READY)

    made = Supervisor(2, die, on_ready=lambda: print("ready", flush=True), on_end=end)
    sys.exit(made.run())
