"""The first page: which cloud, who, and what this computer is called there."""

from __future__ import annotations

from urllib.parse import urlsplit

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton

from u1tray.credentials.dialog.messages import Attempt, Message, Open
from u1tray.credentials.window.page import Page
from u1tray.credentials.window.parts import Field, Paragraph
from u1tray.credentials.window.texts import Place
from u1tray.rest.settings import API_VARIABLE
from u1tray.status.texts import Translator

URL_EXAMPLE = "https://cloud.example.com"


class LogInPage(Page):
    """`account_wanted`: the person has no account yet."""

    account_wanted = pyqtSignal()

    def __init__(self, opening: Open, translator: Translator) -> None:
        _ = translator.gettext
        super().__init__(
            _("Log in to your cloud"), _("&Log in"), _("Asking the cloud…"), translator
        )
        self._url = opening.cloud_url
        self._is_fixed = opening.url_is_fixed
        self._cloud = Field(_("&Cloud address:"))
        self._email = Field(_("&E-mail address:"))
        self._password = Field(_("&Password:"), secret=_("Show"))
        self._device = Field(_("Name of this compu&ter:"))
        self._fields = {
            Place.CLOUD: self._cloud,
            Place.EMAIL: self._email,
            Place.PASSWORD: self._password,
        }
        self._where = Paragraph()
        self._other = QPushButton()
        self._device.edit.setText(opening.device)
        self._cloud.edit.setPlaceholderText(URL_EXAMPLE)
        self._fill(opening, translator)

    @property
    def cloud_url(self) -> str:
        """The cloud in use or written, as it stands."""
        return self._url if self._cloud.isHidden() else self._cloud.text.strip()

    @property
    def email(self) -> str:
        """Who, as written."""
        return self._email.text.strip()

    def start(self) -> None:
        """See `Page`; what is filled in already is passed over."""
        super().start()
        if not self._cloud.isHidden() and not self._cloud.text:
            self._cloud.setFocus()
        elif not self._email.text:
            self._email.setFocus()

    def uncover(self, place: Place) -> None:
        """See `Page`: the address, where it may be changed."""
        if place is Place.CLOUD:
            self._choose_cloud()

    def attempt(self, otp: str = "") -> Attempt:
        """What is written, with a code."""
        return Attempt(
            self.cloud_url, self._device.text.strip(), self.email, self._password.text, otp
        )

    def forget(self) -> None:
        """See `Page`: the password."""
        self._password.edit.clear()

    def _message(self) -> Message | None:
        _ = self._translator.gettext
        needed = (
            (self._cloud, _("Write the address of your cloud.")),
            (self._email, _("Write your e-mail address.")),
            (self._password, _("Write your password.")),
        )
        for field, text in needed:
            if not field.isHidden() and not field.text.strip():
                self._refuse(field, text)
                return None
        return self.attempt()

    def _fill(self, opening: Open, translator: Translator) -> None:
        _ = translator.gettext
        if opening.help_text:
            self.top.addWidget(Paragraph(opening.help_text))
        row = QHBoxLayout()
        row.addWidget(self._where, 1)
        row.addWidget(self._other)
        self.top.addLayout(row)
        for field in (self._cloud, self._email, self._password, self._device):
            self.rows.add(field)
        self._other.setText(_("Another cloud…"))
        self._other.setAccessibleName(_("Another cloud…"))
        self._other.clicked.connect(self._choose_cloud)
        account = QPushButton(_("Create an &account…"))
        account.setAccessibleName(_("Create an account…"))
        account.clicked.connect(self.account_wanted)
        self.left.addWidget(account)
        fields = (self._cloud, self._email, self._password, self._device)
        self._order(self._other, *(stop for field in fields for stop in field.stops))
        self._show_cloud()

    def _show_cloud(self) -> None:
        """The cloud in use as a text, and the field for another only when it is wanted."""
        _ = self._translator.gettext
        is_known = bool(self._url)
        self._set_cloud_visible(not is_known)
        self._other.setVisible(is_known and not self._is_fixed)
        name = urlsplit(self._url).netloc or self._url
        if self._is_fixed:
            text = _("{cloud}, set by the environment variable {name}")
            self._where.setText(text.format(cloud=name, name=API_VARIABLE))
        else:
            self._where.setText(name)
        self._where.setVisible(is_known)

    def _choose_cloud(self) -> None:
        if self._is_fixed or not self._cloud.isHidden():
            return
        self._cloud.edit.setText(self._url)
        self._set_cloud_visible(True)
        self._where.hide()
        self._other.hide()
        self._cloud.correct()
        self.resized.emit()

    def _set_cloud_visible(self, visible: bool) -> None:
        self._cloud.label.setVisible(visible)
        self._cloud.setVisible(visible)
