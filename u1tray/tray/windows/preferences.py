"""Preferences: which cloud, which icon, which notifications, what starts by itself.

Checks what a person typed and hands back plain settings; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from u1tray.rest.settings import API_VARIABLE
from u1tray.rest.urls import is_confidential, root_of
from u1tray.status.texts import Translator
from u1tray.tray.settings import IconStyle, Settings
from u1tray.tray.windows import geometry
from u1tray.vocabulary.errors import U1Error

_URL_WIDTH_PX = 320
URL_EXAMPLE = "https://cloud.example.com"


@dataclass(frozen=True)
class Chosen:
    """What OK was pressed on. `cloud_url` is checked; `''` for no cloud."""

    settings: Settings
    cloud_url: str


class PreferencesWindow(QDialog):
    """The dialog; `decided` brings what was chosen, and the owner closes it once it is saved."""

    decided = pyqtSignal(object)  # a Chosen

    def __init__(
        self, settings: Settings, cloud_url: str, translator: Translator, *, url_is_fixed: bool
    ) -> None:
        super().__init__()
        _ = translator.gettext
        self._settings = settings
        self._translator = translator
        self.setWindowTitle(_("File sync preferences"))
        self._url = QLineEdit(cloud_url)
        self._complaint = QLabel()
        self._style = QComboBox()
        self._switches: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.addLayout(self._form())
        column.addWidget(self._complaint)
        column.addWidget(self._group(_("Notifications"), _notifications(translator)))
        column.addWidget(self._group(_("Start by itself"), _starts(translator)))
        column.addWidget(self._ok_and_cancel())
        self._style.setCurrentIndex(self._style.findData(settings.icon_style))
        self._complaint.setWordWrap(True)
        self._fix_url(url_is_fixed)
        self._url.setMinimumWidth(_URL_WIDTH_PX)

    def complain(self, text: str) -> None:
        """Say why it cannot be as chosen; `''` takes the complaint away."""
        self._complaint.setText(text)
        self._complaint.setVisible(bool(text))
        geometry.grow(self)

    def accept(self) -> None:
        """OK: check the address, then tell what was chosen. The dialog stays open."""
        typed = self._url.text().strip()
        try:
            url = root_of(typed) if typed else ""
        except U1Error as error:
            self.complain(error.text)
            self._url.setFocus()
            self._url.selectAll()
            return
        self.complain("")
        self.decided.emit(Chosen(self._chosen(), url))

    def done_well(self) -> None:
        """Close: what was chosen is saved."""
        super().accept()

    def _chosen(self) -> Settings:
        switches = {field: box.isChecked() for field, box in self._switches.items()}
        return replace(self._settings, icon_style=self._style.currentData(), **switches)

    def _form(self) -> QFormLayout:
        _ = self._translator.gettext
        form = QFormLayout()
        self._url.setPlaceholderText(URL_EXAMPLE)
        self._url.textEdited.connect(self._warn)
        _add_row(form, _("&Cloud address:"), self._url)
        for style, label in _styles(self._translator).items():
            self._style.addItem(label, style)
        _add_row(form, _("&Icon:"), self._style)
        return form

    def _group(self, title: str, switches: Mapping[str, str]) -> QGroupBox:
        group = QGroupBox(title)
        column = QVBoxLayout(group)
        for field, label in switches.items():
            box = QCheckBox(label)
            box.setAccessibleName(_plain(label))
            box.setChecked(bool(getattr(self._settings, field)))
            column.addWidget(box)
            self._switches[field] = box
        return group

    def _ok_and_cancel(self) -> QDialogButtonBox:
        _ = self._translator.gettext
        buttons = QDialogButtonBox()
        words = {
            QDialogButtonBox.StandardButton.Ok: _("OK"),
            QDialogButtonBox.StandardButton.Cancel: _("Cancel"),
        }
        for which, word in words.items():
            button = buttons.addButton(which)
            assert button is not None
            button.setText(word)
            button.setAccessibleName(word)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _fix_url(self, fixed: bool) -> None:
        self._url.setReadOnly(fixed)
        self.complain("")
        if fixed:
            _ = self._translator.gettext
            text = _("The address is set by the environment variable {name}.")
            self.complain(text.format(name=API_VARIABLE))

    def _warn(self, typed: str) -> None:
        """While typing: only what a finished address would be warned of."""
        try:
            safe = not typed.strip() or is_confidential(root_of(typed))
        except U1Error:
            safe = True
        _ = self._translator.gettext
        self.complain("" if safe else _("Without https, others on the network can read along."))


def _styles(translator: Translator) -> Mapping[IconStyle, str]:
    _ = translator.gettext
    return {
        IconStyle.AUTOMATIC: _("Automatic"),
        IconStyle.COLOUR: _("In colour"),
        IconStyle.LIGHT: _("Light, for dark panels"),
        IconStyle.DARK: _("Dark, for light panels"),
    }


def _notifications(translator: Translator) -> Mapping[str, str]:
    _ = translator.gettext
    return {
        "notify_needs_login": _("A log-in is needed"),
        "notify_storage_full": _("My storage is full"),
        "notify_sync_error": _("File sync has met an error"),
        "notify_file_not_synced": _("A file could not be synced"),
        "notify_held_deletions": _("Many deletions are held"),
        "notify_conflict": _("A conflict: both versions are kept"),
    }


def _starts(translator: Translator) -> Mapping[str, str]:
    _ = translator.gettext
    return {
        "start_with_session": _("Start this indicator when I log in to the desktop"),
        "start_file_sync": _("Start file sync when this indicator starts"),
    }


def _add_row(form: QFormLayout, label: str, field: QWidget) -> None:
    form.addRow(label, field)
    field.setAccessibleName(_plain(label).rstrip(":"))


def _plain(label: str) -> str:
    """A label without the mark of its mnemonic."""
    return label.replace("&", "")
