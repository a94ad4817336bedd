"""The indicator in a panel: Qt's application, the tray protocol, and the surface on the app."""

from __future__ import annotations

import logging
import os

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication

from u1tray.bus import owners
from u1tray.bus.loop import attach_qt
from u1tray.status.language import translator
from u1tray.tray import display, instance, opener, restart
from u1tray.tray.app import App
from u1tray.tray.faults import Faults
from u1tray.tray.settings import SettingsStore
from u1tray.tray.surface import Surface
from u1tray.tray.watcher import HostSearch, Protocol, protocol_in_use
from u1tray.vocabulary import places
from u1tray.vocabulary.errors import NotFoundError

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
    loop = attach_qt()
    qt = _application()
    Faults().install()
    settings = SettingsStore()
    settings.load()
    app = App(qt, loop, opener.open_url, start_file_sync=settings.settings.start_file_sync)
    if not app.claim():
        instance.raise_first(app.bus)
        return 0
    if show_window:
        app.show_window()
    panel = Panel(app, settings)
    panel.start()
    return qt.exec()


class Panel:
    """Puts the surface on the app as soon as Qt may be asked for a tray."""

    def __init__(self, app: App, settings: SettingsStore) -> None:
        self._app = app
        self._settings = settings
        self._search = HostSearch(app.bus, self._decided, self._came_late)

    def start(self) -> None:
        """Look for the panel; everything else follows."""
        self._search.start()

    def _decided(self, has_host: bool) -> None:
        app = self._app
        surface = Surface(self._settings, app.choose, translator(), app.host(), app.bus)
        app.set_face(surface, surface.status_window_id)
        app.start()
        if has_host:
            self._took(Protocol.STATUS_NOTIFIER)
        else:
            # One may have come in the last instant: what counts is what Qt has found.
            owners.ask_names(app.bus, lambda names: self._took(protocol_in_use(names)))

    def _took(self, protocol: Protocol) -> None:
        self._app.protocol = protocol.value
        log.info("tray protocol: %s", protocol.value)

    def _came_late(self) -> None:
        owners.ask_names(self._app.bus, self._run_anew_for_host)

    def _run_anew_for_host(self, names: frozenset[str]) -> None:
        if protocol_in_use(names) is Protocol.XEMBED:
            self._app.run_anew(restart.Reason.WATCHER_CAME)


def _application() -> QApplication:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    QApplication.setApplicationName(places.PROGRAM)
    QApplication.setDesktopFileName(places.PROGRAM)
    # Without arguments: Qt would take some of ours for its own.
    qt = QApplication([places.PROGRAM])
    qt.setQuitOnLastWindowClosed(False)
    return qt
