"""The status window: what the menu says, larger, and the transfers as they run.

Shows facts and tells what a person chose; decides nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QHideEvent, QIcon, QKeyEvent, QShowEvent
from PyQt5.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from u1tray.status.texts import Translator
from u1tray.status.values import Action
from u1tray.tray.view.facts import Facts
from u1tray.tray.view.item import Choice, DoAction
from u1tray.tray.view.pauses import pause_choices
from u1tray.tray.windows import geometry
from u1tray.tray.windows.recent import Recent
from u1tray.tray.windows.transfers import Transfers

if TYPE_CHECKING:
    from u1tray.tray.windows.concerns import Concerns

_NAME = "status"
_BUTTONS_IN_A_ROW = 3
_ICON_PX = 48
_TEXT_WIDTH_PX = 420


class StatusWindow(QWidget):
    """One window, made once and shown again."""

    chosen = pyqtSignal(object)  # a Choice
    shown = pyqtSignal(bool)

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        _ = translator.gettext
        self.setWindowTitle(_("File sync status"))
        self.setAccessibleName(_("File sync status"))
        self._translator = translator
        self._facts: Facts | None = None
        self._icon = QLabel()
        self._sentence = _sentence_label()
        self._storage = QLabel()
        self._storage_bar = QProgressBar()
        self._storage_bar.setAccessibleName(_("Storage used"))
        self._transfers = Transfers(translator)
        self._concerns: Concerns | None = None
        self._recent = Recent(translator)
        self._recent.chosen.connect(self.chosen)
        self._buttons = QGridLayout()
        self._action_buttons: dict[Action, QPushButton] = {}
        self._fold = QToolButton()
        self._description = _description_label()
        self._make_fold(_("Details"))
        self._lay_out()
        geometry.restore(self, _NAME)

    def show_facts(self, facts: Facts, icon: QIcon) -> None:
        """Show these facts; what is equal is not touched."""
        if facts == self._facts:
            return
        before, self._facts = self._facts, facts
        if before is None or before.indicator is not facts.indicator:
            self._icon.setPixmap(icon.pixmap(_ICON_PX))
            self.setWindowIcon(icon)
        self._sentence.setText(facts.sentence)
        self._storage.setText(facts.storage)
        self._storage_bar.setVisible(facts.storage_percent is not None)
        self._storage_bar.setValue(facts.storage_percent or 0)
        self._transfers.show_transfers(facts.transfers)
        self._show_concerns(facts)
        self._recent.show_files(facts.recent)
        if before is None or before.actions != facts.actions:
            self._show_actions(facts.actions)
        self._description.setText(facts.description)
        self._fold.setVisible(bool(facts.description))
        self._unfold(self._fold.isChecked())  # last: it sees to the window's size

    def raise_to_front(self) -> None:
        """Show the window above the others, with the keyboard in it."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Tell that a person can see it."""
        super().showEvent(event)
        if not event.spontaneous():
            geometry.grow(self)
            self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Tell that nobody sees it any more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.shown.emit(False)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember where the window was."""
        geometry.keep(self, _NAME)
        super().closeEvent(event)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        for widget in (self._sentence, self._storage_bar, self._storage):
            words.addWidget(widget)
        head.addLayout(words, 1)
        head.setSpacing(12)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._transfers)
        column.addWidget(self._recent, 1)
        column.addLayout(self._buttons)
        column.addWidget(self._fold)
        column.addWidget(self._description)
        column.addStretch(0)
        self._storage_bar.setTextVisible(False)
        self._storage_bar.setMaximumHeight(10)
        self._storage.setWordWrap(True)
        self._storage.setTextFormat(Qt.TextFormat.PlainText)
        # On a child: a minimum of the window's own would switch off that of its layout.
        self._sentence.setMinimumWidth(_TEXT_WIDTH_PX)

    def _show_concerns(self, facts: Facts) -> None:
        """Made with the first of them: most people never have any."""
        if self._concerns is None:
            if facts.concerns is None:
                return
            from u1tray.tray.windows.concerns import Concerns  # noqa: PLC0415

            self._concerns = Concerns(self._translator)
            self._concerns.chosen.connect(self.chosen)
            self._column.insertWidget(1, self._concerns)
        self._concerns.show_concerns(facts.concerns)

    def _show_actions(self, actions: tuple[tuple[Action, str], ...]) -> None:
        """Buttons that are still wanted stay, and with them the keyboard's focus."""
        wanted = dict(actions)
        for action in [action for action in self._action_buttons if action not in wanted]:
            button = self._action_buttons.pop(action)
            button.hide()
            button.deleteLater()
        for button in self._action_buttons.values():
            self._buttons.removeWidget(button)
        for number, (action, label) in enumerate(actions):
            if action not in self._action_buttons:
                self._action_buttons[action] = self._made_button(action, label)
            row, column = divmod(number, _BUTTONS_IN_A_ROW)
            self._buttons.addWidget(self._action_buttons[action], row, column)

    def _made_button(self, action: Action, label: str) -> QPushButton:
        button = QPushButton(label.replace("&", "&&"), self)
        button.setAccessibleName(label)
        if action is Action.PAUSE:
            button.setMenu(self._pause_menu(button))
        else:
            button.clicked.connect(partial(self._choose, DoAction(action)))
        return button

    def _pause_menu(self, button: QPushButton) -> QMenu:
        menu = QMenu(button)
        for pause in pause_choices(self._translator):
            action = menu.addAction(pause.text)
            assert action is not None
            choice = DoAction(Action.PAUSE, pause.seconds)
            action.triggered.connect(partial(self._choose, choice))
        return menu

    def _choose(self, choice: Choice, _checked: bool = False) -> None:
        self.chosen.emit(choice)

    def _make_fold(self, title: str) -> None:
        self._fold.setText(title)
        self._fold.setAccessibleName(title)
        self._fold.setCheckable(True)
        self._fold.setAutoRaise(True)
        self._fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.toggled.connect(self._unfold)
        self._unfold(False)

    def _unfold(self, unfolded: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow
        self._fold.setArrowType(arrow)
        self._description.setVisible(unfolded and bool(self._description.text()))
        geometry.grow(self)


def _sentence_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 1.25)
    label.setFont(font)
    return label


def _description_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    by_mouse = Qt.TextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setTextInteractionFlags(by_mouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
    return label
