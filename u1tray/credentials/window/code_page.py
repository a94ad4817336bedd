"""The second step of accounts that want a code with the password."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QPushButton

from u1tray.credentials.dialog.messages import Attempt, Message
from u1tray.credentials.window.page import Page
from u1tray.credentials.window.parts import Field, Paragraph
from u1tray.credentials.window.texts import Place
from u1tray.status.texts import Translator


class CodePage(Page):
    """`attempt` gives what is to be sent with a code; `back`: to the page before."""

    back = pyqtSignal()

    def __init__(self, attempt: Callable[[str], Attempt], translator: Translator) -> None:
        _ = translator.gettext
        super().__init__(
            _("Type your one-time code"), _("&Log in"), _("Asking the cloud…"), translator
        )
        self._attempt = attempt
        self._code = Field(_("&Code:"))
        self._fields = {Place.CODE: self._code}
        text = _("Your password is right. The account asks for the code that your device shows.")
        self.top.addWidget(Paragraph(text))
        self.rows.add(self._code)
        hint = _("Without your device, type one of your recovery codes. Each works once.")
        self.rows.add_below(Paragraph(hint))
        button = QPushButton(_("&Back"))
        button.setAccessibleName(_("Back"))
        button.clicked.connect(self.back)
        self.left.addWidget(button)
        self._order(self._code.edit)

    def start(self) -> None:
        """See `Page`."""
        self.forget()
        super().start()

    def forget(self) -> None:
        """See `Page`: the code."""
        self._code.edit.clear()
        self._code.complain("")

    def _message(self) -> Message | None:
        code = self._code.text.strip()
        if not code:
            self._refuse(self._code, self._translator.gettext("Type a code."))
            return None
        return self._attempt(code)
