"""Running transfers as progress bars: one row each, kept as long as the transfer runs."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QFontMetrics
from PyQt5.QtWidgets import QGridLayout, QLabel, QProgressBar, QWidget

from u1tray.status.texts import Translator
from u1tray.status.values import Direction
from u1tray.tray.plain import plain
from u1tray.tray.view.facts import TransferFact

ROWS = 5
NAME_WIDTH_PX = 220

_ARROWS = {Direction.UPLOAD: "\N{UPWARDS ARROW}", Direction.DOWNLOAD: "\N{DOWNWARDS ARROW}"}


class Transfers(QWidget):
    """The first few transfers, and how many more there are."""

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        self._translator = translator
        self._rows: list[tuple[QLabel, QProgressBar]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._more = QLabel()

    def show_transfers(self, transfers: Sequence[TransferFact]) -> None:
        """Show these; rows are re-used, so that bars move and do not jump."""
        shown = transfers[:ROWS]
        while len(self._rows) < len(shown):
            self._add_row()
        for number, (name, bar) in enumerate(self._rows):
            used = number < len(shown)
            if used:
                self._write(name, bar, shown[number])
            name.setVisible(used)
            bar.setVisible(used)
        hidden = len(transfers) - len(shown)
        self._more.setVisible(hidden > 0)
        if hidden > 0:
            many = self._translator.ngettext(
                "and {count} more file", "and {count} more files", hidden
            )
            self._more.setText(many.format(count=hidden))
        self.setVisible(bool(transfers))

    def _add_row(self) -> None:
        name, bar = QLabel(), QProgressBar()
        bar.setRange(0, 100)
        bar.setTextVisible(True)
        row = len(self._rows)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(bar, row, 1)
        self._grid.addWidget(self._more, row + 1, 0, 1, 2)
        self._rows.append((name, bar))

    def _write(self, name: QLabel, bar: QProgressBar, transfer: TransferFact) -> None:
        text = f"{_ARROWS[transfer.direction]} {transfer.name}"
        metrics = QFontMetrics(name.font())
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, NAME_WIDTH_PX))
        name.setToolTip(plain(transfer.path))
        bar.setValue(transfer.percent or 0)
        _ = self._translator.gettext
        bar.setFormat("%p %" if transfer.percent is not None else _("size unknown"))
        bar.setAccessibleName(transfer.text)
