"""The gateway under test in a process of its own: prints every event it feeds, one a line.

python -m tests.tray.gateway.gateway_program
"""

from __future__ import annotations

from PyQt5.QtCore import QCoreApplication

from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.tray.gateway.gateway import Gateway


def main() -> None:
    """Listen until terminated."""
    qt = QCoreApplication(["gateway"])
    loop = attach_qt()
    gateway = Gateway(open_session(loop), loop, lambda event: print(repr(event), flush=True))
    gateway.start()
    print("listening", flush=True)
    qt.exec()


if __name__ == "__main__":
    main()
