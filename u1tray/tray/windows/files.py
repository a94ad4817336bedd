"""A list of files, of which one may be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QListWidget, QListWidgetItem

from u1tray.tray.plain import plain
from u1tray.tray.view.facts import FileFact


class FileList(QListWidget):
    """Shows one line for each file, and where it is in a tooltip."""

    def __init__(self, name: str) -> None:
        """`name` is for screen readers."""
        super().__init__()
        self._files: tuple[FileFact, ...] = ()
        self.setAccessibleName(name)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    @property
    def line_height(self) -> int:
        """In pixels."""
        return self.fontMetrics().height() + 4

    @property
    def chosen_file(self) -> FileFact | None:
        """The one that was chosen."""
        row = self.currentRow()
        return self._files[row] if 0 <= row < len(self._files) else None

    def show_files(self, files: Sequence[FileFact]) -> None:
        """Show these files; the chosen one stays chosen while it is there."""
        if tuple(files) == self._files:
            return
        kept = self.chosen_file
        self._files = tuple(files)
        self.clear()
        for file in files:
            item = QListWidgetItem(file.text, self)
            item.setToolTip(plain(file.path))
            if file == kept:
                self.setCurrentItem(item)
