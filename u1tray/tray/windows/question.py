"""The question before file sync is stopped while files are on their way. It does not block."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QMessageBox, QWidget

from u1tray.status.texts import Translator


def stop_question(
    translator: Translator, stop: Callable[[], None], parent: QWidget | None
) -> QMessageBox:
    """A box to be opened with `open()`; `stop` is called when the person says so."""
    _ = translator.gettext
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_("Stop file sync?"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(_("Files are being synced. Stop file sync?"))
    box.setInformativeText(_("What is not finished goes on when file sync is started again."))
    yes = box.addButton(_("Stop"), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(_("Go on syncing"), QMessageBox.ButtonRole.RejectRole)
    for button in (yes, no):
        assert button is not None
        button.setAccessibleName(button.text())
    box.setDefaultButton(no)
    box.setEscapeButton(no)

    def answered(button: object) -> None:
        if button is yes:
            stop()

    box.buttonClicked.connect(answered)
    return box
