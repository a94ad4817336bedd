"""A program with nothing but the notices: told what to show, tells what was chosen and logged.

A line is JSON: ["show", kind, name], ["withdraw", kind] or ["switch", field, value].
A process of its own, because libdbus knows only one session bus a process.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import replace
from gettext import NullTranslations

from PyQt5.QtCore import QCoreApplication, QSocketNotifier

from u1tray.bus.loop import attach_qt
from u1tray.bus.session import open_session
from u1tray.status.commands import Notice, Notify, Withdraw
from u1tray.tray.settings import Settings
from u1tray.tray.surface.notices import Notices


class Program:
    """Reads lines from standard input until it ends."""

    def __init__(self, qt: QCoreApplication) -> None:
        self._qt = qt
        self._loop = attach_qt()
        self._settings = Settings()
        self._notices = Notices(
            open_session(self._loop),
            NullTranslations(),
            lambda: self._settings,
            lambda choice: print(choice, flush=True),
            str,
        )
        self._input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._input.activated.connect(self._read)

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            self._notices.close()
            self._qt.quit()
        for line in data.splitlines():
            for what, *words in json.loads(line):
                getattr(self, f"_{what}")(*words)

    def _show(self, kind: str, name: str = "") -> None:
        self._notices.show(Notify(Notice(kind), name))

    def _withdraw(self, kind: str) -> None:
        self._notices.withdraw(Withdraw(Notice(kind)))

    def _switch(self, field: str, value: bool) -> None:
        self._settings = replace(self._settings, **{field: value})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    application = QCoreApplication(sys.argv)
    program = Program(application)
    sys.exit(application.exec())
