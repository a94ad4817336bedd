"""About: what this is, which version, under which licence, and where to read on."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout

from u1tray import __version__
from u1tray.status.texts import Translator

LICENCE_URL = "https://www.gnu.org/licenses/gpl-3.0.html"
_ICON_PX = 64


class AboutWindow(QDialog):
    """A small dialog. `link_chosen` brings the URL of a link."""

    link_chosen = pyqtSignal(str)

    def __init__(self, icon: QIcon, cloud_url: str, manual: Path | None, translator: Translator):
        super().__init__()
        _ = translator.gettext
        self.setWindowTitle(_("About u1tray"))
        picture = QLabel()
        picture.setPixmap(icon.pixmap(_ICON_PX))
        title = QLabel(_("u1tray {version}").format(version=__version__))
        font = title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        title.setFont(font)
        words = QVBoxLayout()
        words.addWidget(title)
        words.addWidget(_paragraph(_("Shows whether your files are safe in your own cloud.")))
        words.addWidget(self._links(cloud_url, manual, translator))
        words.addWidget(_paragraph(_("Free software under the GNU GPL, version 3 or later.")))
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self._close_button(_("Close")))

    def _links(self, cloud_url: str, manual: Path | None, translator: Translator) -> QLabel:
        _ = translator.gettext
        links = [(LICENCE_URL, _("The licence"))]
        if manual is not None:
            links.insert(0, (manual.as_uri(), _("The manual")))
        if cloud_url:
            links.append((cloud_url, _("Your cloud")))
        label = QLabel(
            " \N{MIDDLE DOT} ".join(
                f'<a href="{escape(url)}">{escape(text)}</a>' for url, text in links
            )
        )
        label.setAccessibleName(", ".join(text for _url, text in links))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        label.linkActivated.connect(self.link_chosen)
        return label

    def _close_button(self, word: str) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        button = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert button is not None
        button.setText(word)
        button.setAccessibleName(word)
        buttons.rejected.connect(self.reject)
        return buttons


def _paragraph(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
