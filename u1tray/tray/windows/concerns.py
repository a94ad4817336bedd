"""What needs a person's eye: held deletions with their two answers, and files to look at.

Shows facts and tells what was chosen; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from u1tray.status.texts import Translator
from u1tray.status.values import Action
from u1tray.tray.view.concerns import ConcernFacts, HeldFact
from u1tray.tray.view.facts import FileFact
from u1tray.tray.view.item import DoAction, OpenPath
from u1tray.tray.windows.files import FileList

_MOST_LINES = 6


class Concerns(QWidget):
    """Two parts, each hidden while there is nothing in it."""

    chosen = pyqtSignal(object)  # a Choice

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        self._translator = translator
        self._held = _Held()
        self._held.chosen.connect(self.chosen)
        self._spared = _plain_label()
        self._spare_nothing = QPushButton()
        self._counts = _plain_label()
        self._list = FileList(translator.gettext("Files to look at"))
        self._more = _plain_label()
        self._folder = QPushButton(translator.gettext("Show in folder"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._held, self._spared):
            column.addWidget(widget)
        column.addLayout(_left(self._spare_nothing))
        for widget in (self._counts, self._list, self._more):
            column.addWidget(widget)
        column.addLayout(_left(self._folder))
        self._connect_list()

    def show_concerns(self, told: ConcernFacts | None) -> None:
        """Show these; None for nothing at all."""
        self.setVisible(told is not None)
        self._held.show_held(None if told is None else told.held)
        self._show_spared(told)
        lines = () if told is None else (told.conflicts, told.waiting_for_room, told.troubles)
        self._counts.setText("\n".join(filter(None, lines)))
        self._counts.setVisible(any(lines))
        self._show_files(() if told is None else told.files)
        more = 0 if told is None or not told.files else told.total - len(told.files)
        text = self._translator.ngettext("and {count} more file", "and {count} more files", more)
        self._more.setText(text.format(count=more))
        self._more.setVisible(more > 0)

    def _show_spared(self, told: ConcernFacts | None) -> None:
        text = "" if told is None else told.spared
        for widget in (self._spared, self._spare_nothing):
            widget.setVisible(bool(text))
        if told is not None:
            self._spared.setText(text)
            self._spare_nothing.setText(told.spare_nothing)
            self._spare_nothing.setAccessibleName(told.spare_nothing)

    def _connect_list(self) -> None:
        self._list.itemActivated.connect(lambda _item: self._open_folder())
        self._list.currentItemChanged.connect(lambda *_items: self._enable())
        self._counts.setBuddy(self._list)
        self._folder.setAccessibleName(self._folder.text())
        self._folder.clicked.connect(self._open_folder)
        choice = DoAction(Action.SPARE_NOTHING)
        self._spare_nothing.clicked.connect(lambda _checked: self.chosen.emit(choice))

    def _show_files(self, files: Sequence[FileFact]) -> None:
        for widget in (self._list, self._folder):
            widget.setVisible(bool(files))
        self._list.show_files(files)
        lines = max(2, min(_MOST_LINES, len(files)))
        self._list.setFixedHeight(self._list.line_height * lines + 4)
        self._enable()

    def _enable(self) -> None:
        self._folder.setEnabled(self._list.chosen_file is not None)

    def _open_folder(self) -> None:
        file = self._list.chosen_file
        if file is not None:
            self.chosen.emit(OpenPath(file.folder))


class _Held(QWidget):
    """What is held, and the two answers; the one that loses nothing comes first."""

    chosen = pyqtSignal(object)  # a Choice

    def __init__(self) -> None:
        super().__init__()
        self._text = _plain_label()
        font = self._text.font()
        font.setBold(True)
        self._text.setFont(font)
        self._lines = _plain_label()
        self._buttons = {
            action: QPushButton() for action in (Action.RESTORE_HELD, Action.APPLY_HELD)
        }
        for action, button in self._buttons.items():
            button.clicked.connect(partial(self._choose, action))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._text)
        column.addWidget(self._lines)
        column.addLayout(_left(*self._buttons.values()))

    def show_held(self, held: HeldFact | None) -> None:
        """Show it, or nothing."""
        self.setVisible(held is not None)
        if held is None:
            return
        self._text.setText(held.text)
        self._lines.setText("\n".join(held.lines))
        self._lines.setVisible(bool(held.lines))
        labels = {Action.RESTORE_HELD: held.restore, Action.APPLY_HELD: held.apply}
        for action, button in self._buttons.items():
            button.setText(labels[action].replace("&", "&&"))
            button.setAccessibleName(labels[action])

    def _choose(self, action: Action, _checked: bool = False) -> None:
        self.chosen.emit(DoAction(action))


def _left(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row


def _plain_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
