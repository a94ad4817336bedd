"""Everything a person sees of the indicator behind one interface: icon, menu, windows, bubbles.

Carries what a person chose to the program; decides nothing about status.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QTimer

from u1tray.status import texts
from u1tray.status.commands import Notify, Withdraw
from u1tray.status.events import ActionChosen, Event, MenuShown, WindowShown
from u1tray.status.texts import Translator
from u1tray.status.values import Action, View
from u1tray.tray.desktop import opener
from u1tray.tray.host import Host
from u1tray.tray.settings import Settings, SettingsStore
from u1tray.tray.surface.icon import file_of, preloads_menu
from u1tray.tray.surface.menu import LiveMenu
from u1tray.tray.surface.shell import Shell
from u1tray.tray.view.item import (
    Choice,
    DoAction,
    Menu,
    OpenCloudPage,
    OpenPath,
    OpenWindow,
    QuitIndicator,
    Window,
)
from u1tray.tray.view.look import LOOKS
from u1tray.tray.view.menu import Options, menu
from u1tray.tray.view.pauses import end_of_pause
from u1tray.tray.windows.all import Windows

if TYPE_CHECKING:
    from u1tray.bus.session import Bus
    from u1tray.tray.surface.notices import Notices

# Numbers and file names in a menu nobody looks at: a panel is told of them this often at most.
NUMBERS_EVERY_MS = 1000


class Surface(QObject):
    """Icon, menu, windows and bubbles. Make it only once a StatusNotifier host was waited for.

    `send` takes what a person did. `bus` None: no notifications. `shell`: the icon and menu that
    are on the screen already.
    """

    def __init__(
        self,
        settings: SettingsStore,
        send: Callable[[Event], None],
        translator: Translator,
        host: Host,
        bus: Bus | None,
        *,
        shell: Shell | None = None,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._send = send
        self._translator = translator
        self._host = host
        self._view: View | None = None
        shell = shell or Shell(settings.settings.icon_style)
        self._drawings, self._icon = shell.drawings, shell.icon
        self._menu = LiveMenu(self._wanted_menu, shell.menu)
        self._windows = Windows(settings, translator, self._drawings, host)
        self._bus = bus
        self._notices: Notices | None = None
        self._numbers = QTimer(self)
        self._numbers.setSingleShot(True)
        self._numbers.setInterval(NUMBERS_EVERY_MS)
        self._numbers.timeout.connect(self._menu.update)
        self._connect()

    def show(self, view: View) -> None:
        """Show a view; the panel hears only of what changed, and of numbers once a second."""
        before, self._view = self._view, view
        if view == before:
            return
        sentence = texts.sentence(view, self._translator)
        self._icon.show(LOOKS[view.indicator], sentence, marked=view.concerns.held > 0)
        if before is None:
            self._prepare_menu()
        if before is None or _essence(before) != _essence(view):
            self._numbers.stop()
            self._menu.update()
        elif not self._numbers.isActive():
            self._numbers.start()
        self._windows.show_view(view)

    def notify(self, notify: Notify) -> None:
        """Show a bubble, unless its kind is switched off."""
        if self._notices is None and self._bus is not None:
            self._notices = self._made_notices(self._bus)
        if self._notices is not None:
            self._notices.show(notify)

    def withdraw(self, withdraw: Withdraw) -> None:
        """Close the bubble of a kind."""
        if self._notices is not None:
            self._notices.withdraw(withdraw)

    def raise_status_window(self) -> None:
        """Show the status window above the others."""
        self._windows.raise_window(Window.STATUS)

    def status_window_id(self) -> int:
        """The X11 window of the open status window, 0 where there is none (for log-in windows)."""
        return self._windows.status_window_id()

    def open_path(self, path: str) -> None:
        """Open a local file or folder with the desktop's program for it."""
        opener.open_path(path)

    def open_url(self, url: str) -> None:
        """Open a web page, or a local file by its URL."""
        opener.open_url(url)

    def close(self) -> None:
        """Take everything off the screen."""
        self._numbers.stop()
        self._menu.close()
        self._icon.close()
        self._windows.close()
        if self._notices is not None:
            self._notices.close()

    def _connect(self) -> None:
        self._menu.chosen.connect(self._choose)
        self._menu.shown.connect(partial(self._send, MenuShown()))
        self._icon.clicked.connect(self.raise_status_window)
        self._windows.chosen.connect(self._choose)
        self._windows.link_chosen.connect(self.open_url)
        self._windows.shown.connect(lambda shown: self._send(WindowShown(shown)))
        self._settings.on_changed(self._follow_settings)

    def _made_notices(self, bus: Bus) -> Notices:
        from u1tray.tray.surface.notices import Notices  # noqa: PLC0415 - not before there is one

        def find_icon(name: str) -> str:
            file = file_of(name)
            return name if file is None else str(file)

        settings = self._settings
        return Notices(bus, self._translator, lambda: settings.settings, self._choose, find_icon)

    def _prepare_menu(self) -> None:
        if self._icon.is_embedded:
            return
        self._menu.escape_underscores()
        if preloads_menu(os.environ.get("XDG_CURRENT_DESKTOP", "")):
            self._menu.expect_preloading()

    def _wanted_menu(self) -> Menu:
        if self._view is None:
            return ()
        options = Options(has_cloud=bool(self._host.cloud_url()))
        return menu(self._view, self._translator, self._host.now(), options)

    def _follow_settings(self, settings: Settings) -> None:
        self._icon.set_style(settings.icon_style)
        self._menu.update()

    def _choose(self, choice: Choice) -> None:
        handlers: Mapping[type, Callable[..., None]] = {
            DoAction: self._act,
            OpenPath: lambda chosen: self.open_path(chosen.path),
            OpenWindow: lambda chosen: self._windows.raise_window(chosen.window),
            OpenCloudPage: lambda _chosen: self._host.open_cloud_page(),
            QuitIndicator: lambda _chosen: self._host.quit(),
        }
        handlers[type(choice)](choice)

    def _act(self, chosen: DoAction) -> None:
        if chosen.action is Action.STOP and self._view is not None and self._view.transfers:
            self._windows.ask_before_stop(partial(self._send, ActionChosen(Action.STOP)))
        elif chosen.action is Action.APPLY_HELD:
            self._windows.ask_before_deletion(
                lambda shown: self._send(ActionChosen(Action.APPLY_HELD, shown=shown))
            )
        elif chosen.action is Action.PAUSE:
            until = end_of_pause(chosen.seconds, time.time())
            self._send(ActionChosen(Action.PAUSE, chosen.seconds, until))
        else:
            self._send(ActionChosen(chosen.action))


def _essence(view: View) -> tuple[object, ...]:
    """What a panel must show at once; the rest are numbers and names that run."""
    return (view.indicator, view.sentence, view.actions, view.until, view.storage, view.concerns)
