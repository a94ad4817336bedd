"""The indicator in a panel: Qt's application, the tray protocol, and the surface on the app."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

from u1tray.bus import owners
from u1tray.bus.loop import Loop, attach_qt
from u1tray.bus.session import Bus, open_session
from u1tray.tray.session import display, eventloop, instance
from u1tray.tray.session.faults import Faults
from u1tray.tray.session.unixsignals import Endings
from u1tray.tray.session.watcher import HostSearch, Protocol, protocol_in_use
from u1tray.tray.surface.iconstyle import IconStyle
from u1tray.tray.surface.qtnumbers import ENABLE_HIGH_DPI_SCALING, USE_HIGH_DPI_PIXMAPS
from u1tray.tray.surface.shell import Shell
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import NotFoundError

if TYPE_CHECKING:
    from u1tray.tray.app import App

PANEL_ASKS_MS = 15
"""In this time after its appearance a panel usually asks for the icon's picture."""

_PARTS = (
    "u1tray.status.events",
    "u1tray.status.mind",
    "u1tray.tray.settings",
    "u1tray.tray.app",
    "u1tray.status.language",
    "u1tray.tray.view.menu",
    "u1tray.tray.surface.surface",
)

log = logging.getLogger(__name__)

NO_DISPLAY = (
    "there is no display to show an icon on: start u1tray in a desktop session, or with --no-gui"
)


def run(*, show_window: bool = False) -> int:
    """The exit status. A second start shows the first one's window and ends with 0.

    Raises a U1Error when there is no display or no session bus.
    """
    if not display.is_reachable(os.environ):
        raise NotFoundError(NO_DISPLAY)
    endings = Endings()
    loop = attach_qt()
    qt = _application()
    eventloop.check(loop)
    Faults().install()
    panel = Panel(qt, open_session(loop), loop, show_window)
    if not panel.claim():
        return 0
    endings.call(panel.quit)
    return qt.exec()


def after_the_icon(then: Callable[[], None]) -> None:
    """Load what the icon did not need, part by part, and call `then`.

    Between two parts the panel's questions are answered: it has yet to fetch the picture.
    """
    parts = iter(_PARTS)

    def load() -> None:
        part = next(parts, None)
        if part is None:
            then()
        else:
            import_module(part)
            QTimer.singleShot(0, load)

    QTimer.singleShot(PANEL_ASKS_MS, load)


class Panel:
    """Puts the icon into the panel as soon as Qt may be asked for a tray, and then fills it.

    In this order because a person waits for the icon: most of the program is loaded after it.
    """

    def __init__(self, qt: QApplication, bus: Bus, loop: Loop, show_window: bool) -> None:
        self._qt = qt
        self._bus = bus
        self._loop = loop
        self._window_wanted = show_window
        self._app: App | None = None
        self._is_late = False
        self._search = HostSearch(bus, self._decided, self._came_late)

    def claim(self) -> bool:
        """Begin, or show the window of the indicator that runs already (False)."""
        instance.offer(
            self._bus, on_show=self._show_window, on_quit=self.quit, describe=self._describe
        )
        if not instance.become_first(self._bus):
            return False
        self._search.start()
        return True

    def _decided(self, has_host: bool) -> None:
        shell = Shell(_icon_style())
        shell.show()
        after_the_icon(lambda: self._fill(shell, has_host))

    def _fill(self, shell: Shell, has_host: bool) -> None:
        from u1tray.status.language import translator  # noqa: PLC0415 - after the icon
        from u1tray.tray.app import App  # noqa: PLC0415
        from u1tray.tray.desktop import opener  # noqa: PLC0415
        from u1tray.tray.session import restart  # noqa: PLC0415
        from u1tray.tray.settings import SettingsStore  # noqa: PLC0415
        from u1tray.tray.surface.surface import Surface  # noqa: PLC0415

        settings = SettingsStore()
        wishes = settings.load()
        app = App(
            self._qt,
            self._bus,
            self._loop,
            opener.open_url,
            # The start before this one has seen to it, and a person may have chosen Stop since.
            start_file_sync=wishes.start_file_sync
            and restart.inherited_reason() is not restart.Reason.WATCHER_CAME,
        )
        surface = Surface(settings, app.choose, translator(), app.host(), self._bus, shell=shell)
        app.set_face(surface, surface.status_window_id)
        app.start()
        self._app = app
        self._tell_protocol(has_host)
        if self._window_wanted:
            app.show_window()
        if self._is_late:
            self._came_late()

    def _tell_protocol(self, has_host: bool) -> None:
        if has_host:
            self._took(Protocol.STATUS_NOTIFIER)
        else:
            # One may have come in the last instant: what counts is what Qt has found.
            owners.ask_names(self._bus, lambda names: self._took(protocol_in_use(names)))

    def _took(self, protocol: Protocol) -> None:
        if self._app is not None:
            self._app.protocol = protocol.value
        log.info("tray protocol: %s", protocol.value)

    def _came_late(self) -> None:
        self._is_late = True
        if self._app is not None:
            owners.ask_names(self._bus, self._run_anew_for_host)

    def _run_anew_for_host(self, names: frozenset[str]) -> None:
        from u1tray.tray.session import restart  # noqa: PLC0415

        if self._app is not None and protocol_in_use(names) is Protocol.XEMBED:
            self._app.run_anew(restart.Reason.WATCHER_CAME)

    def _show_window(self) -> None:
        self._window_wanted = True
        if self._app is not None:
            self._app.show_window()

    def quit(self) -> None:
        """End the program, from the loop."""
        if self._app is None:
            self._qt.exit(0)
        else:
            self._app.quit()

    def _describe(self) -> str:
        return "{}" if self._app is None else self._app.describe()


def _icon_style() -> IconStyle:
    """The chosen style, without loading what reads settings where nothing was ever chosen."""
    if not (places.config_directory() / "u1tray.conf").exists():
        return IconStyle.AUTOMATIC
    from u1tray.tray.settings import SettingsStore  # noqa: PLC0415

    return SettingsStore().load().icon_style


def _application() -> QApplication:
    QApplication.setAttribute(ENABLE_HIGH_DPI_SCALING)
    QApplication.setAttribute(USE_HIGH_DPI_PIXMAPS)
    QApplication.setApplicationName(places.PROGRAM)
    QApplication.setDesktopFileName(places.PROGRAM)
    # Without arguments: Qt would take some of ours for its own.
    qt = QApplication([places.PROGRAM])
    qt.setQuitOnLastWindowClosed(False)
    return qt
