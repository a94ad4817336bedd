"""The windows as one: made when first asked for, kept equal to the view while one is open."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from u1tray.status.texts import Translator
from u1tray.status.values import View
from u1tray.tray.desktop import manual
from u1tray.tray.host import Host
from u1tray.tray.settings import IconStyle, SettingsStore
from u1tray.tray.surface.icon import Drawings
from u1tray.tray.view.facts import facts
from u1tray.tray.view.item import Window
from u1tray.tray.view.look import LOOKS, PROGRAM
from u1tray.vocabulary.errors import U1Error

if TYPE_CHECKING:
    from PyQt5.QtWidgets import QDialog, QMessageBox

    from u1tray.tray.windows.preferences import Chosen, PreferencesWindow
    from u1tray.tray.windows.status import StatusWindow

# The age of the quota is written in minutes.
AGE_EVERY_MS = 60_000


class Windows(QObject):
    """Status, preferences, about, and the questions before what loses something.

    None of them blocks.
    """

    chosen = pyqtSignal(object)  # a Choice
    shown = pyqtSignal(bool)  # the status window
    link_chosen = pyqtSignal(str)

    def __init__(
        self, settings: SettingsStore, translator: Translator, drawings: Drawings, host: Host
    ) -> None:
        super().__init__()
        self._settings = settings
        self._translator = translator
        self._drawings = drawings
        self._host = host
        self._view: View | None = None
        self._status: StatusWindow | None = None
        self._dialogs: dict[Window, QDialog] = {}
        self._question: QMessageBox | None = None
        self._asked_about: object = None
        self._age = QTimer(self)
        self._age.setInterval(AGE_EVERY_MS)
        self._age.timeout.connect(self._write_status)

    def show_view(self, view: View) -> None:
        """Bring the status window up to date, if a person can see it."""
        self._view = view
        if self._asked_about is not None and self._asked_about != _held(view):
            self._withdraw_question()
        if self._status is not None and self._status.isVisible():
            self._write_status()

    def raise_window(self, window: Window) -> None:
        """Show a window above the others."""
        if window is Window.STATUS:
            self._raise_status()
            return
        makers = {Window.PREFERENCES: self._made_preferences, Window.ABOUT: self._made_about}
        dialog = self._dialogs.get(window)
        if dialog is None:
            dialog = self._dialogs[window] = makers[window]()
            dialog.setWindowIcon(self._drawings.icon(PROGRAM, IconStyle.COLOUR))
            dialog.finished.connect(lambda _result: self._forget(window))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def status_window_id(self) -> int:
        """The id of the open status window for the windowing system, 0 where there is none."""
        if self._status is None or not self._status.isVisible():
            return 0
        return int(self._status.winId())

    def ask_before_stop(self, stop: Callable[[], None]) -> None:
        """Ask whether to stop while files are being synced; `stop` follows a yes."""
        from u1tray.tray.windows.question import stop_question  # noqa: PLC0415 - costs start-up

        if self._asked_about is not None:
            self._withdraw_question()
        self._open_question(lambda: stop_question(self._translator, stop, self._status))

    def ask_before_deletion(self, delete: Callable[[str], None]) -> None:
        """Ask whether the held deletions are meant; `delete` follows a yes, with `shown` of those
        that the question names."""
        from u1tray.tray.windows.question import delete_question  # noqa: PLC0415 - costs start-up

        if self._view is not None and self._view.concerns.held:
            concerns = self._view.concerns
            if self._asked_about is None:
                self._withdraw_question()
            self._asked_about = _held(self._view)
            self._open_question(
                lambda: delete_question(
                    concerns, self._translator, lambda: delete(concerns.shown), self._status
                )
            )

    def _open_question(self, made: Callable[[], QMessageBox]) -> None:
        if self._question is None:
            self._question = made()
            self._question.finished.connect(lambda _result: self._forget_question())
        self._question.open()
        self._question.raise_()
        self._question.activateWindow()

    def close(self) -> None:
        """Close all of them."""
        self._age.stop()
        for window in (*self._dialogs.values(), self._question, self._status):
            if window is not None:
                window.close()

    def _raise_status(self) -> None:
        if self._status is None:
            from u1tray.tray.windows.status import StatusWindow  # noqa: PLC0415 - costs start-up

            self._status = StatusWindow(self._translator)
            self._status.chosen.connect(self.chosen)
            self._status.shown.connect(self._status_shown)
        self._write_status()
        self._status.raise_to_front()

    def _status_shown(self, shown: bool) -> None:
        if shown:
            self._age.start()
        else:
            self._age.stop()
        self.shown.emit(shown)

    def _write_status(self) -> None:
        if self._status is None or self._view is None:
            return
        icon = self._drawings.icon(LOOKS[self._view.indicator], IconStyle.COLOUR)
        told = facts(self._view, self._translator, self._host.now())
        self._status.show_facts(told, icon)

    def _made_preferences(self) -> PreferencesWindow:
        from u1tray.rest.settings import API_VARIABLE  # noqa: PLC0415 - costs start-up
        from u1tray.tray.windows.preferences import PreferencesWindow  # noqa: PLC0415 - costs start-up

        window = PreferencesWindow(
            self._settings.settings,
            self._host.cloud_url(),
            self._translator,
            url_is_fixed=bool(os.environ.get(API_VARIABLE, "").strip()),
        )
        window.decided.connect(lambda chosen: self._save(window, chosen))
        return window

    def _save(self, window: PreferencesWindow, chosen: Chosen) -> None:
        try:
            if chosen.cloud_url != self._host.cloud_url():
                self._host.choose_cloud(chosen.cloud_url)
            self._settings.save(chosen.settings)
        except U1Error as error:
            window.complain(error.text)
        except OSError as error:
            _ = self._translator.gettext
            text = _("The preferences could not be saved: {reason}")
            window.complain(text.format(reason=error.strerror or str(error)))
        else:
            window.done_well()

    def _made_about(self) -> QDialog:
        from u1tray.tray.windows.about import AboutWindow  # noqa: PLC0415 - costs start-up

        icon = self._drawings.icon(PROGRAM, IconStyle.COLOUR)
        window = AboutWindow(icon, self._host.cloud_url(), manual.path(), self._translator)
        window.link_chosen.connect(self.link_chosen)
        return window

    def _forget(self, window: Window) -> None:
        self._dialogs.pop(window).deleteLater()

    def _withdraw_question(self) -> None:
        """A yes would be about other files than the person has read of."""
        if self._question is not None:
            self._question.reject()

    def _forget_question(self) -> None:
        self._asked_about = None
        if self._question is not None:
            self._question.deleteLater()
            self._question = None


def _held(view: View) -> object:
    """What the question before a deletion is about."""
    concerns = view.concerns
    # Not of how many files: that grows while others are synced.
    files = tuple((one.folder, one.lost_in, one.files) for one in concerns.held_deletions)
    return concerns.held, concerns.lost_in, files
