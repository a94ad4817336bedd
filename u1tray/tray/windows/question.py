"""The questions before something is stopped or deleted. They do not block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QMessageBox, QWidget

from u1tray.status.texts import Translator
from u1tray.status.values import Action, Concerns

LINES = 5
"""So many folders are named; the status window lists the others."""


@dataclass(frozen=True)
class _Words:
    title: str
    text: str
    hint: str
    yes: str
    no: str


def stop_question(
    translator: Translator, stop: Callable[[], None], parent: QWidget | None
) -> QMessageBox:
    """Before file sync is stopped while files are on their way; see `_question`."""
    _ = translator.gettext
    words = _Words(
        title=_("Stop file sync?"),
        text=_("Files are being synced. Stop file sync?"),
        hint=_("What is not finished goes on when file sync is started again."),
        yes=_("Stop"),
        no=_("Go on syncing"),
    )
    return _question(words, stop, parent)


def delete_question(
    concerns: Concerns, translator: Translator, delete: Callable[[], None], parent: QWidget | None
) -> QMessageBox:
    """Before held deletions are applied; see `_question`."""
    from u1tray.status import concern_texts  # noqa: PLC0415 - with the first held deletion

    _ = translator.gettext
    text, hint = concern_texts.question(concerns, translator)
    lines = [concern_texts.held_deletion(one, translator) for one in concerns.held_deletions]
    words = _Words(
        title=_("Held deletions"),
        text=text,
        hint="\n".join([*lines[:LINES], "", hint] if lines else [hint]),
        yes=concern_texts.decision(Action.APPLY_HELD, concerns.lost_in, translator),
        no=_("Keep them"),
    )
    return _question(words, delete, parent)


def _question(words: _Words, yes_chosen: Callable[[], None], parent: QWidget | None) -> QMessageBox:
    """A box to be opened with `open()`; `yes_chosen` follows that button alone.

    The other one is what Enter and Esc choose.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(words.title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(words.text)
    box.setInformativeText(words.hint)
    hint = box.findChild(QLabel, "qt_msgbox_informativelabel")
    if isinstance(hint, QLabel):  # the box itself has no word for its format
        hint.setTextFormat(Qt.TextFormat.PlainText)
    yes = box.addButton(words.yes, QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(words.no, QMessageBox.ButtonRole.RejectRole)
    for button in (yes, no):
        assert button is not None
        button.setAccessibleName(button.text())
    box.setDefaultButton(no)
    box.setEscapeButton(no)

    def answered(button: object) -> None:
        if button is yes:
            yes_chosen()

    box.buttonClicked.connect(answered)
    return box
