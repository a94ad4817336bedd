"""Small widgets that the pages share: a field with a place for its complaint, and the like."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QSize, Qt
from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

FIELD_WIDTH_PX = 220
_FAULT_ON_LIGHT = QColor(0xB0, 0x00, 0x20)
_FAULT_ON_DARK = QColor(0xFF, 0x9A, 0x91)
_MIDDLE = 128


def plain(label: str) -> str:
    """A label without the mark of its mnemonic and without its colon."""
    return label.replace("&", "").rstrip(":")


def is_dark(palette: QPalette) -> bool:
    """Whether windows are dark here."""
    return palette.color(QPalette.ColorRole.Window).lightness() < _MIDDLE


class Paragraph(QLabel):
    """A text of several lines; nothing in it is taken for markup."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class Fault(QWidget):
    """A complaint: a sign and a sentence, in colour besides; hidden without one."""

    def __init__(self) -> None:
        super().__init__()
        self._sign = QLabel()
        self._text = Paragraph()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self._colour()
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(self, text: str) -> None:
        """Complain; `''` takes it away."""
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (
            QEvent.Type.ApplicationPaletteChange,
            QEvent.Type.StyleChange,
        ):
            self._colour()

    def _colour(self) -> None:
        palette = self.palette()
        dark = is_dark(palette)
        palette.setColor(QPalette.ColorRole.WindowText, _FAULT_ON_DARK if dark else _FAULT_ON_LIGHT)
        self._text.setPalette(palette)
        style = self.style()
        assert style is not None
        icon = style.standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning)
        side = self.fontMetrics().height()
        self._sign.setPixmap(icon.pixmap(self.windowHandle(), QSize(side, side)))


class Field(QWidget):
    """A line to write in, with its complaint below."""

    def __init__(self, label: str, *, secret: str = "") -> None:
        """`secret` is the label of a button that shows what is written; then it is hidden."""
        super().__init__()
        self.label = QLabel(label)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(plain(label))
        self.edit.setMinimumWidth(FIELD_WIDTH_PX)
        self.edit.textChanged.connect(lambda _text: self.complain(""))
        self.fault = Fault()
        self.stops: list[QWidget] = [self.edit]
        self.label.setBuddy(self.edit)
        self.setFocusProxy(self.edit)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit, 1)
        if secret:
            row.addWidget(self._reveal_button(secret))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.fault)

    @property
    def text(self) -> str:
        """What is written."""
        return self.edit.text()

    def complain(self, text: str) -> None:
        """Say what is wrong with it; `''` for nothing."""
        self.fault.say(text)
        self.edit.setAccessibleDescription(text)

    def correct(self) -> None:
        """Put the person where what is wrong can be written anew."""
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()

    def _reveal_button(self, word: str) -> QToolButton:
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        button = QToolButton()
        button.setText(word)
        button.setAccessibleName(f"{plain(word)}: {self.edit.accessibleName()}")
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

        def reveal(shown: bool) -> None:
            mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
            self.edit.setEchoMode(mode)

        button.toggled.connect(reveal)
        self.stops.append(button)
        return button


class Rows(QGridLayout):
    """Labels and fields in two columns. QFormLayout leaves room that wrapped texts do not need."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setColumnStretch(1, 1)

    def add(self, field: Field) -> None:
        """A field with its label."""
        row = self.rowCount()
        self.addWidget(field.label, row, 0, Qt.AlignmentFlag.AlignTop)
        self.addWidget(field, row, 1)
        field.label.setMinimumHeight(field.edit.sizeHint().height())

    def add_below(self, widget: QWidget) -> None:
        """What belongs to the field before."""
        self.addWidget(widget, self.rowCount(), 1)
