"""The composition root: bus, gateway, mind, cloud and a face, put together and taken apart.

The same for the panel and the terminal; which face there is, is its caller's business.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from PyQt5.QtCore import QCoreApplication

from u1tray import __version__
from u1tray.bus.loop import Loop
from u1tray.bus.session import Bus
from u1tray.status.commands import AskRecent, Command, Notify, Withdraw
from u1tray.status.events import (
    BusLost,
    Event,
    Failed,
    MenuShown,
    Replied,
    WindowShown,
)
from u1tray.status.mind import Model, initial
from u1tray.status.values import View
from u1tray.tray import clock
from u1tray.tray.conductor import Conductor
from u1tray.tray.errands import Errands
from u1tray.tray.face import Face
from u1tray.tray.gateway.gateway import Gateway
from u1tray.tray.host import Host
from u1tray.tray.session import instance, restart
from u1tray.tray.session.busloss import Reconnecting
from u1tray.tray.session.faults import LastProblem

log = logging.getLogger(__name__)


class App:
    """One running indicator on an open session bus.

    `opens` opens a URL on the desktop. `start_file_sync`: the person wants file sync started
    with the indicator.
    """

    def __init__(
        self,
        qt: QCoreApplication,
        bus: Bus,
        loop: Loop,
        opens: Callable[[str], bool],
        *,
        start_file_sync: bool = False,
    ) -> None:
        self._qt = qt
        self._face: Face | None = None
        self._early_notices: list[Notify] = []
        self._window_id: Callable[[], int] = lambda: 0
        self._reconnecting: Reconnecting | None = None
        self._last_problem = LastProblem()
        logging.getLogger().addHandler(self._last_problem)
        self.protocol = ""
        self.bus = bus
        bus.when_lost(self._bus_lost)
        self._conductor = Conductor(
            _first_model(start_file_sync), self._execute, self._view_changed
        )
        self._gateway = Gateway(bus, loop, self._hear, self._parent_window)
        self._errands = Errands(qt, self._gateway, self._conductor.feed, opens)

    def set_face(self, face: Face, window_id: Callable[[], int] = lambda: 0) -> None:
        """Show everything on this face from now on."""
        self._face = face
        self._window_id = window_id
        face.show(self._conductor.view)
        for notify in self._early_notices:
            face.notify(notify)
        self._early_notices.clear()

    def start(self) -> None:
        """Begin to listen; views follow from the loop."""
        self._gateway.start()

    def choose(self, event: Event) -> None:
        """What a person did."""
        if isinstance(event, MenuShown) or (isinstance(event, WindowShown) and event.shown):
            self._gateway.refresh()
        self._conductor.feed(event)

    def show_window(self) -> None:
        """Raise the status window."""
        if self._face is not None:
            self._face.raise_status_window()

    def quit(self, status: int = 0) -> None:
        """End the program with this exit status. The daemon keeps running."""
        self._close()
        self._qt.exit(status)

    def run_anew(self, reason: restart.Reason) -> None:
        """Replace this process by a new start of itself, if that may be done once more."""
        if not restart.allowed():
            log.warning("not started anew (%s): too often already", reason.value)
            return
        pause = self._conductor.model.pause
        kept = restart.Pause(pause.until, pause.ends_at) if pause.on else None
        if self.bus.connected:
            instance.release(self.bus)
        self._close()
        restart.run_anew(reason, kept)
        self._qt.exit(1)

    def host(self) -> Host:
        """What a face in the panel asks of the program."""
        return Host(
            quit=self.quit,
            open_cloud_page=self._errands.open_cloud,
            cloud_url=self._errands.cloud_url,
            choose_cloud=self._errands.choose_cloud,
            now=clock.now,
        )

    def _parent_window(self) -> int:
        return self._window_id()

    def _close(self) -> None:
        if self._reconnecting is not None:
            self._reconnecting.close()
        self._conductor.close()
        self._errands.close()
        if self._face is not None:
            self._face.close()
        self._gateway.close()

    def _hear(self, event: Event) -> None:
        self._conductor.feed(event)
        if isinstance(event, Replied | Failed) and isinstance(event.command, AskRecent):
            self._errands.learn_folder()

    def _execute(self, command: Command) -> None:
        if self._gateway.execute(command) or self._errands.execute(command):
            return
        if isinstance(command, Notify):
            if self._face is None:
                self._early_notices.append(command)
            else:
                self._face.notify(command)
        elif isinstance(command, Withdraw) and self._face is not None:
            self._face.withdraw(command)

    def _view_changed(self, view: View) -> None:
        if self._face is not None:
            self._face.show(view)

    def _bus_lost(self) -> None:
        log.warning("the session bus went away")
        self._conductor.feed(BusLost())
        self._reconnecting = Reconnecting(self._bus_came_back, self.quit)
        self._reconnecting.start()

    def _bus_came_back(self) -> None:
        self.run_anew(restart.Reason.BUS_CAME_BACK)
        self.quit()

    def describe(self) -> str:
        import json  # noqa: PLC0415 - for --diagnose only

        view = self._conductor.view
        return json.dumps(
            {
                "version": __version__,
                "pid": os.getpid(),
                "protocol": self.protocol,
                "indicator": view.indicator.value,
                "sentence": view.sentence.value,
                "last_problem": self._last_problem.text,
            }
        )


def _first_model(start_file_sync: bool) -> Model:
    now = clock.now()
    pause = restart.inherited_pause()
    if pause is None:
        return initial(now, start=start_file_sync)
    left_seconds = None if pause.ends_at is None else pause.ends_at - now
    return initial(
        now,
        paused=True,
        pause_seconds=left_seconds,
        until=pause.until,
        start=start_file_sync,
    )
