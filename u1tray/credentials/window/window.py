"""The window: one page at a time, above the window it was asked for from."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QCloseEvent, QGuiApplication, QWindow
from PyQt5.QtWidgets import QDialog, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from u1tray.credentials.dialog import messages
from u1tray.credentials.dialog.messages import Closed, Message, Open, Ready, Registration, Show
from u1tray.credentials.window.code_page import CodePage
from u1tray.credentials.window.log_in_page import LogInPage
from u1tray.credentials.window.page import Page
from u1tray.credentials.window.register_page import RegisterPage
from u1tray.credentials.window.vault_pages import NewPassphrasePage, OpenVaultPage
from u1tray.status.texts import Translator

_ICON_PX = 48
_WIDTH_PX = 580
_MARGIN_PX = 18


class LogInWindow(QDialog):
    """`say` hands a message to the service. Closing says Closed, once."""

    def __init__(self, opening: Open, say: Callable[[Message], None], translator: Translator):
        super().__init__()
        self._say = say
        self._parent = opening.parent
        self._foreign: QWindow | None = None
        self._is_closed = False
        self.setWindowTitle(translator.gettext("Log in to your cloud"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        log_in = LogInPage(opening, translator)
        code = CodePage(log_in.attempt, translator)
        self._register = RegisterPage(opening, lambda: log_in.cloud_url, translator)
        self._pages: dict[messages.Page, Page] = {
            messages.Page.LOG_IN: log_in,
            messages.Page.CODE: code,
            messages.Page.REGISTER: self._register,
            messages.Page.NEW_PASSPHRASE: NewPassphrasePage(translator),
            messages.Page.OPEN_VAULT: OpenVaultPage(translator),
        }
        log_in.account_wanted.connect(lambda: self._turn_to(messages.Page.REGISTER))
        code.back.connect(lambda: self._turn_to(messages.Page.LOG_IN))
        self._register.back.connect(lambda: self._turn_to(messages.Page.LOG_IN))
        self._lay_out()
        self._current = messages.Page(opening.page)
        self._turn_to(self._current)

    def appear(self) -> None:
        """Come onto the screen, above the parent window if there is one."""
        self.winId()  # makes the native window, before it is mapped
        window = self.windowHandle()
        if self._parent and window is not None and QGuiApplication.platformName() == "xcb":
            self._foreign = QWindow.fromWinId(self._parent)  # type: ignore[arg-type]
            if self._foreign is not None:
                window.setTransientParent(self._foreign)
        self.show()
        self._fit()
        self.bring_up()

    def bring_up(self) -> None:
        """Come to the front."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def show_page(self, show: Show) -> None:
        """The service wants a page, perhaps with a complaint."""
        page = messages.Page(show.page)
        if page is not self._current:
            self._pages[self._current].set_busy(False)
            self._turn_to(page)
        self._pages[page].show_state(show)
        self._fit()
        self._say(Ready(page.value))

    def answer_registration(self, registration: Registration) -> None:
        """What was found out about making accounts."""
        self._register.answer(registration)
        self._say(Ready(messages.Page.REGISTER.value))

    def finish(self) -> None:
        """The service is done: nothing more is said."""
        self._is_closed = True
        self.hide()

    def reject(self) -> None:
        """Escape, Cancel."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._is_closed:
            self._is_closed = True
            for page in self._pages.values():
                page.forget()
            self._say(Closed())
        super().closeEvent(event)

    def _turn_to(self, page: messages.Page) -> None:
        for kind, widget in self._pages.items():
            widget.setVisible(kind is page)
        self._current = page
        self._pages[page].start()
        self._fit()

    def _lay_out(self) -> None:
        picture = QLabel()
        picture.setPixmap(self.windowIcon().pixmap(_ICON_PX))
        picture.setVisible(not self.windowIcon().isNull())
        book = QWidget()
        column = QVBoxLayout(book)
        column.setContentsMargins(0, 0, 0, 0)
        for page in self._pages.values():
            column.addWidget(page)
            page.said.connect(self._say)
            page.cancelled.connect(self.reject)
            page.resized.connect(self._fit)
        row = QHBoxLayout(self)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        row.setSpacing(_MARGIN_PX)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(book, 1)

    def _fit(self) -> None:
        """The height that the page needs at this width, neither more nor less.

        Qt's own least height takes wrapped texts for narrow and tall.
        """
        layout = self.layout()
        if layout is None or not self.isVisible():
            return
        layout.activate()
        least = max(_WIDTH_PX, layout.totalMinimumSize().width())
        width = max(least, self.width())
        wraps = layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if wraps else layout.totalSizeHint().height()
        self.setMinimumSize(least, height)
        self.resize(width, height)
