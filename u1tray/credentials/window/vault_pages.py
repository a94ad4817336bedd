"""The passphrase of the encrypted file, where there is no keyring: a new one, or the one it has."""

from __future__ import annotations

from PyQt5.QtWidgets import QPushButton

from u1tray.credentials.dialog.messages import Forgotten, Message, Passphrase
from u1tray.credentials.window.page import Page
from u1tray.credentials.window.parts import Field, Paragraph
from u1tray.credentials.window.strength import SENTENCES, Strength, strength
from u1tray.credentials.window.texts import Place
from u1tray.status.texts import Translator


class NewPassphrasePage(Page):
    """Asks twice, and says how good it is."""

    def __init__(self, translator: Translator) -> None:
        _ = translator.gettext
        super().__init__(_("Choose a passphrase"), _("&Save"), _("Saving…"), translator)
        self._first = Field(_("&Passphrase:"), secret=_("Show"))
        self._second = Field(_("&Once more:"), secret=_("Show"))
        self._strength = Paragraph()
        self._fields = {Place.PASSPHRASE: self._first}
        text = _(
            "There is no keyring in this session. What logs this computer in is kept in an "
            "encrypted file, which only this passphrase opens."
        )
        self.top.addWidget(Paragraph(text))
        self.rows.add(self._first)
        self.rows.add_below(self._strength)
        self.rows.add(self._second)
        self._first.edit.textChanged.connect(self._weigh)
        self._order(*self._first.stops, *self._second.stops)
        self._weigh("")

    def start(self) -> None:
        """See `Page`."""
        super().start()
        self._first.setFocus()

    def forget(self) -> None:
        """See `Page`."""
        self._first.edit.clear()
        self._second.edit.clear()

    def _weigh(self, passphrase: str) -> None:
        text = self._translator.gettext(SENTENCES[strength(passphrase)])
        self._strength.setText(text)
        self._first.edit.setAccessibleDescription(text)
        self.resized.emit()

    def _message(self) -> Message | None:
        _ = self._translator.gettext
        passphrase = self._first.text
        if strength(passphrase) in (Strength.NONE, Strength.TOO_SHORT):
            self._refuse(self._first, _("Use at least 8 characters."))
            return None
        if passphrase != self._second.text:
            self._refuse(self._second, _("The two are not equal."))
            return None
        return Passphrase(passphrase)


class OpenVaultPage(Page):
    """Asks for the passphrase; who forgot it logs in anew."""

    def __init__(self, translator: Translator) -> None:
        _ = translator.gettext
        super().__init__(
            _("Unlock your log-in"), _("&Unlock"), _("Opening the encrypted file…"), translator
        )
        self._passphrase = Field(_("&Passphrase:"), secret=_("Show"))
        self._fields = {Place.PASSPHRASE: self._passphrase}
        text = _("What logs this computer in is kept in an encrypted file.")
        self.top.addWidget(Paragraph(text))
        self.rows.add(self._passphrase)
        forgotten = QPushButton(_("&Forgotten? Log in anew"))
        forgotten.setAccessibleName(_("Forgotten? Log in anew"))
        forgotten.clicked.connect(lambda: self.said.emit(Forgotten()))
        self.left.addWidget(forgotten)
        self._order(*self._passphrase.stops)

    def forget(self) -> None:
        """See `Page`."""
        self._passphrase.edit.clear()

    def _message(self) -> Message | None:
        if not self._passphrase.text:
            text = self._translator.gettext("Type the passphrase.")
            self._refuse(self._passphrase, text)
            return None
        return Passphrase(self._passphrase.text)
