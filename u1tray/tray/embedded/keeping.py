"""Children that are started again: the cloud's server when it dies, the sync daemon when it asks.

How long to wait, and when that is given up, is a pure function.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable

from u1tray.tray.embedded.children import Child, Children
from u1tray.vocabulary.errors import U1Error

_log = logging.getLogger(__name__)

# One that lived longer died of something else than its start.
QUICK_SECONDS = 10.0
MOST_QUICK_DEATHS = 8
# All of them together take longer than a person who kills a server for a test.
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 8.0

Say = Callable[[str], None]
Pause = Callable[[int], float | None]


def pause_seconds(quick_deaths: int) -> float | None:
    """How long to wait after so many quick deaths in a row; None: it is given up."""
    if quick_deaths >= MOST_QUICK_DEATHS:
        return None
    return min(FIRST_PAUSE_SECONDS * 2.0 ** max(quick_deaths - 1, 0), LONGEST_PAUSE_SECONDS)


def keep(
    child: Child,
    children: Children,
    start_again: Callable[[], Child],
    say: Say,
    pause: Pause = pause_seconds,
) -> None:
    """Start a child again whenever it ends without us, and say so.

    `start_again` gives one that is ready, or raises a U1Error and leaves none.
    """
    keeper = _Keeper(children, start_again, say, pause)
    # In one thread all the time: the kernel ends a child with the thread that started it.
    threading.Thread(target=keeper.keep, args=(child,), daemon=True).start()


def renew(child: Child, asking_status: int, start_again: Callable[[], Child]) -> None:
    """Start a child again as often as it ends with the status that asks for it.

    How often that may be is its own affair.
    """

    def keep_renewing(running: Child) -> None:
        # In one thread all the time, as above.
        while running.wait() == asking_status and not running.was_ended:
            try:
                running = start_again()
            except U1Error as error:
                _log.warning("%s was not started again: %s", running.name, error.text)
                return

    threading.Thread(target=keep_renewing, args=(child,), daemon=True).start()


class _Keeper:
    """One child after the other."""

    def __init__(
        self, children: Children, start_again: Callable[[], Child], say: Say, pause: Pause
    ) -> None:
        self._children = children
        self._start_again = start_again
        self._say = say
        self._pause = pause
        self._ready_at: float | None = time.monotonic()  # None: the last start failed
        self._quick_deaths = 0

    def keep(self, child: Child) -> None:
        """Until it was ended by us, or is given up."""
        running: Child | None = child
        while running is not None:
            how = _told(running.wait())
            if running.was_ended or self._children.are_ending:
                return
            running = self._another(running, f"{running.name} {how}")

    def _another(self, dead: Child, what: str) -> Child | None:
        while (pause := self._pause(self._count_death())) is not None:
            self._say(f"{what} and is started again.")
            if self._children.wait_for_end(pause):
                return None
            self._ready_at = None
            try:
                child = self._start_again()
            except U1Error as error:
                if self._children.are_ending:
                    return None
                _log.info("%s", error.text)
                what = f"{dead.name} did not start"
                continue
            self._ready_at = time.monotonic()
            self._say(f"{child.name} runs again. What uses it goes on by itself.")
            return child
        self._say(
            f"{what}, {self._quick_deaths} times in a row within moments, and is not started any "
            f"more: see {dead.log}."
        )
        self._say("Quit the indicator and start u1tray --embedded again.")
        return None

    def _count_death(self) -> int:
        """How many there were in a row, this one included."""
        began = self._ready_at
        is_quick = began is None or time.monotonic() - began < QUICK_SECONDS
        self._quick_deaths = self._quick_deaths + 1 if is_quick else 1
        return self._quick_deaths


def _told(status: int) -> str:
    """What an exit status means to a person."""
    if status >= 0:
        return f"ended by itself (status {status})"
    try:
        return f"was killed ({signal.Signals(-status).name})"
    except ValueError:
        return f"was killed (signal {-status})"
