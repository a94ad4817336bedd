"""Where a new account comes from: the cloud's own page, if it has one."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QPushButton

from u1tray.credentials.dialog.messages import AskRegistration, Message, Open, Registration, Show
from u1tray.credentials.window.browser import open_page
from u1tray.credentials.window.page import Page
from u1tray.credentials.window.parts import Field, Paragraph
from u1tray.credentials.window.texts import Place
from u1tray.status.texts import Translator

URL_EXAMPLE = "https://cloud.example.com"


class RegisterPage(Page):
    """`back`: to the log-in. `cloud_url` gives the cloud of that page."""

    back = pyqtSignal()

    def __init__(self, opening: Open, cloud_url: Callable[[], str], translator: Translator) -> None:
        _ = translator.gettext
        super().__init__(
            _("Create an account"),
            _("&Open the cloud's page"),
            _("Asking the cloud…"),
            translator,
        )
        self._cloud_url = cloud_url
        self._cloud = Field(_("&Cloud address:"))
        self._cloud.edit.setPlaceholderText(URL_EXAMPLE)
        self._cloud.edit.setReadOnly(opening.url_is_fixed)
        self._fields = {Place.CLOUD: self._cloud}
        if opening.help_text:
            self.top.addWidget(Paragraph(opening.help_text))
        text = _(
            "Accounts are made on the web page of the cloud, in your browser. "
            "Come back when you have one, and log in with it here."
        )
        self.top.addWidget(Paragraph(text))
        self.rows.add(self._cloud)
        self._said = Paragraph()
        self.rows.add_below(self._said)
        self._add_links(opening)
        self._back = QPushButton(_("&Log in"))
        self._back.setAccessibleName(_("Log in"))
        self._back.clicked.connect(self.back)
        self.left.addWidget(self._back)
        self._order(self._cloud.edit)

    @property
    def cloud_url(self) -> str:
        """The cloud, as it stands."""
        return self._cloud.text.strip()

    def start(self) -> None:
        """See `Page`."""
        self._cloud.edit.setText(self._cloud_url())
        self._say_registration("")
        super().start()
        (self.main if self._cloud.text else self._cloud).setFocus()

    def answer(self, registration: Registration) -> None:
        """What the service found out: open the page, or say that there is none."""
        _ = self._translator.gettext
        self.show_state(Show("", registration.problem))
        if registration.problem:
            return
        if not registration.url:
            said = _(
                "This cloud does not let people make accounts themselves. "
                "Ask whoever runs it for one."
            )
        elif open_page(registration.url):
            said = _("The page is in your browser now.")
        else:
            said = _("No browser could be opened. The page is {url}").format(url=registration.url)
        self._say_registration(said)
        self._back.setAccessibleDescription(said)
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_registration(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))
        self.resized.emit()

    def _message(self) -> Message | None:
        self._say_registration("")
        if not self.cloud_url:
            self._refuse(self._cloud, self._translator.gettext("Write the address of your cloud."))
            return None
        return AskRegistration(self.cloud_url)

    def _add_links(self, opening: Open) -> None:
        _ = self._translator.gettext
        named = ((opening.tc_url, _("Terms and conditions")), (opening.policy_url, _("Privacy")))
        links = [(url, name) for url, name in named if url]
        if links:
            label = QLabel(
                " \N{MIDDLE DOT} ".join(
                    f'<a href="{escape(url)}">{escape(name)}</a>' for url, name in links
                )
            )
            label.setAccessibleName(", ".join(name for _url, name in links))
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
            label.linkActivated.connect(_open)
            self.rows.add_below(label)


def _open(url: str) -> None:
    open_page(url)
