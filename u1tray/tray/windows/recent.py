"""The last files: open one, or the folder it is in."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from u1tray.status.texts import Translator
from u1tray.tray.view.facts import FileFact
from u1tray.tray.view.item import OpenPath
from u1tray.tray.windows.files import FileList

_LEAST_LINES = 5


class Recent(QWidget):
    """A short list and two buttons; hidden while there are no files."""

    chosen = pyqtSignal(object)  # a Choice

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        _ = translator.gettext
        self._list = FileList(_("Recent files"))
        self._list.itemActivated.connect(lambda _item: self._open_file())
        self._list.currentItemChanged.connect(lambda *_items: self._enable())
        self._open = QPushButton(_("Open file"))
        self._open.clicked.connect(self._open_file)
        self._folder = QPushButton(_("Show in folder"))
        self._folder.clicked.connect(self._open_folder)
        for button in (self._open, self._folder):
            button.setAccessibleName(button.text())
        self._lay_out(_("Recent files"))
        self.hide()

    def show_files(self, files: Sequence[FileFact]) -> None:
        """Show these files; the chosen one stays chosen while it is there."""
        self._list.show_files(files)
        self.setVisible(bool(files))
        self._enable()

    def _lay_out(self, title: str) -> None:
        label = QLabel(title)
        label.setBuddy(self._list)
        buttons = QHBoxLayout()
        buttons.addWidget(self._open)
        buttons.addWidget(self._folder)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self._list):
            column.addWidget(widget)
        column.addLayout(buttons)
        self._list.setMinimumHeight(self._list.line_height * _LEAST_LINES)
        self._list.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._enable()

    def _enable(self) -> None:
        for button in (self._open, self._folder):
            button.setEnabled(self._list.chosen_file is not None)

    def _open_file(self) -> None:
        file = self._list.chosen_file
        if file is not None:
            self.chosen.emit(OpenPath(file.path))

    def _open_folder(self) -> None:
        file = self._list.chosen_file
        if file is not None:
            self.chosen.emit(OpenPath(file.folder))
