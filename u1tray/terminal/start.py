"""The first thing a command-line program does, when hardly anything is loaded."""

from __future__ import annotations

import signal


def start() -> None:
    """From now on Ctrl-C ends the program silently.

    Python would tell in which line of which module; `interruption` does it better later.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
