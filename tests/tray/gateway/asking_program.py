"""Commands under test in a process of its own, on Qt's loop.

    python -m tests.tray.gateway.asking_program COMMAND...

Each COMMAND is Python of `u1tray.status.commands`. Prints one event a line, then `window` is 77.
"""

from __future__ import annotations

import sys

from PyQt5.QtCore import QCoreApplication

from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.status import commands
from u1tray.tray.gateway.gateway import Gateway


def main() -> None:
    """Execute the commands and print what is fed, until terminated."""
    qt = QCoreApplication(["asking"])
    loop = attach_qt()

    def feed(event) -> None:
        # The startable of a refresh is another question's answer.
        if type(event).__name__ in ("Replied", "Failed"):
            print(repr(event), flush=True)

    gateway = Gateway(open_session(loop), loop, feed, lambda: 77)
    for text in sys.argv[1:]:
        command = eval(text, vars(commands))
        assert gateway.execute(command) == (not isinstance(command, commands.AskStorage))
    print("sent", flush=True)
    qt.exec()


if __name__ == "__main__":
    main()
