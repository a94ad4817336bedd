"""What all pages have: a title, rows, a complaint, a sign that something is under way, buttons."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from u1tray.credentials.dialog.messages import Message, Show
from u1tray.credentials.window import texts
from u1tray.credentials.window.parts import Fault, Field, Paragraph, Rows
from u1tray.credentials.window.texts import Place
from u1tray.status.texts import Translator

_TITLE_SCALE = 1.35
_BUSY_HEIGHT_PX = 4


class Page(QWidget):
    """One page. `said` brings what goes to the service, `cancelled` and `resized` are the window's.

    A subclass adds rows, names its fields by Place, and says in `_send` what the main button does.
    """

    said = pyqtSignal(object)
    cancelled = pyqtSignal()
    resized = pyqtSignal()

    def __init__(self, title: str, button: str, busy: str, translator: Translator) -> None:
        super().__init__()
        _ = translator.gettext
        self._translator = translator
        self._fields: Mapping[Place, Field] = {}
        self._left = 0
        self._complaint = ""
        self.rows = Rows()
        self.form = QWidget()
        self.form.setLayout(self.rows)
        self.top = QVBoxLayout()
        self.fault = Fault()
        self._busy_text = Paragraph(busy)
        self._busy_bar = _busy_bar(busy)
        self.main = QPushButton(button)
        self.main.setAccessibleName(button.replace("&", ""))
        self.main.clicked.connect(self.enter)
        self._cancel = QPushButton(_("Cancel"))
        self._cancel.setAccessibleName(_("Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        self.left = QHBoxLayout()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self._lay_out(title)
        self.set_busy(False)

    def start(self) -> None:
        """Be the page on the screen."""
        self.main.setDefault(True)
        first = next((f for f in self._fields.values() if f.isEnabled() and not f.text), None)
        (first or next(iter(self._fields.values()), self.main)).setFocus()

    def show_state(self, show: Show) -> None:
        """Be ready to be filled in, with a complaint perhaps."""
        self.set_busy(False)
        self._say("")
        self._complaint = ""
        if not show.problem:
            self._count_down(0)
            return
        place = texts.place_of(show.problem)
        sentence = texts.sentence(show.problem, show.text, show.oops_id, self._translator)
        field = self._fields.get(place)
        if field is None:
            self._complaint = sentence
            self._say(sentence)
            self._hand_over(sentence)
        else:
            self.uncover(place)
            field.complain(sentence)
            field.correct()
        self._count_down(show.retry_after)
        self.resized.emit()

    def uncover(self, place: Place) -> None:
        """Show a field that may be hidden."""

    def set_busy(self, busy: bool) -> None:
        """Whether the service is at work: nothing can be changed, but the window be closed."""
        self.form.setEnabled(not busy)
        for child in self.findChildren(QPushButton):
            if isinstance(child, QPushButton) and child is not self._cancel:
                child.setEnabled(not busy)
        self.main.setEnabled(not busy and not self._left)
        self._busy_bar.setVisible(busy)
        self._busy_text.setVisible(busy)
        if busy:
            self._say("")
            self._cancel.setFocus()
        self.resized.emit()

    def enter(self) -> None:
        """The main button, and Enter."""
        message = self._message()
        if message is not None and self.main.isEnabled():
            self.set_busy(True)
            self.said.emit(message)

    def forget(self) -> None:
        """Keep nothing secret."""

    def _message(self) -> Message | None:
        """What to send; None when something is missing, which is then complained about."""
        raise NotImplementedError

    def _order(self, *before: QWidget) -> None:
        """The order of the Tab key: these, then the buttons from the right to the left."""
        others = [
            widget
            for widget in (self.left.itemAt(n).widget() for n in range(self.left.count()))
            if widget is not None
        ]
        stops = [*before, self.main, self._cancel, *others]
        for one, following in pairwise(stops):
            self.setTabOrder(one, following)

    def _refuse(self, field: Field, text: str) -> None:
        field.complain(text)
        field.correct()
        self.resized.emit()

    def _say(self, text: str) -> None:
        self.fault.say(text)

    def _hand_over(self, sentence: str) -> None:
        """Put the person where it goes on; screen readers then read out the sentence too."""
        for button in (self.main, self._cancel):
            button.setAccessibleDescription(sentence)
        self.main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count_down(self, seconds: int) -> None:
        self._left = seconds
        self.main.setEnabled(not seconds)
        if seconds:
            self._clock.start()
            self._say_waiting()
            self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._clock.stop()

    def _tick(self) -> None:
        self._left = max(0, self._left - 1)
        if self._left:
            self._say_waiting()
        else:
            self._clock.stop()
            self._say("")
            self.main.setEnabled(True)
            self.main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_waiting(self) -> None:
        left = texts.waiting(self._left, self._translator)
        self._say(f"{self._complaint} {left}")

    def _lay_out(self, title: str) -> None:
        head = QLabel(title)
        head.setTextFormat(Qt.TextFormat.PlainText)
        font = head.font()
        font.setPointSizeF(font.pointSizeF() * _TITLE_SCALE)
        font.setBold(True)
        head.setFont(font)
        buttons = QHBoxLayout()
        buttons.addLayout(self.left)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self.main)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(head)
        column.addLayout(self.top)
        column.addWidget(self.form)
        column.addWidget(self.fault)
        column.addWidget(self._busy_text)
        column.addWidget(self._busy_bar)
        column.addStretch(1)
        column.addLayout(buttons)


def _busy_bar(name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setRange(0, 0)
    bar.setTextVisible(False)
    bar.setFixedHeight(_BUSY_HEIGHT_PX)
    bar.setAccessibleName(name)
    return bar
