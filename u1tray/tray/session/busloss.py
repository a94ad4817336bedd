"""After the session bus went away: a new connection is tried for 30 seconds (T28)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from PyQt5.QtCore import QTimer

from u1tray.bus.session import open_session
from u1tray.vocabulary.errors import OfflineError

log = logging.getLogger(__name__)

TRYING_SECONDS = 30.0
FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 2.0


class Reconnecting:
    """Tries until a bus is there (`on_back`) or the time is over (`on_given_up`)."""

    def __init__(self, on_back: Callable[[], None], on_given_up: Callable[[], None]) -> None:
        self._on_back = on_back
        self._on_given_up = on_given_up
        self._until = time.monotonic() + TRYING_SECONDS
        self._wait_seconds = FIRST_WAIT_SECONDS
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._try)

    def start(self) -> None:
        """The first try comes after a moment: a bus that restarts needs one."""
        self._timer.start(int(1000 * self._wait_seconds))

    def close(self) -> None:
        """Try no more."""
        self._timer.stop()

    def _try(self) -> None:
        try:
            # Only to learn that it is there: Qt's own connection stays lost in this process.
            open_session().close()
        except OfflineError:
            if time.monotonic() >= self._until:
                self._on_given_up()
                return
            self._wait_seconds = min(2 * self._wait_seconds, LONGEST_WAIT_SECONDS)
            self.start()
        else:
            self._on_back()
