"""The windows of a person with settings and a cloud of his own."""

from __future__ import annotations

from gettext import NullTranslations

import pytest
from PyQt5.QtWidgets import QAbstractButton, QLabel, QWidget

from u1tray.rest import settings as cloud_file
from u1tray.tray.host import Host
from u1tray.tray.settings import SettingsStore
from u1tray.tray.surface.icon import Drawings
from u1tray.tray.windows.all import Windows


def spoken_name(widget: QWidget) -> str:
    """What a screen reader calls a widget: its accessible name, else a label's or button's text."""
    if widget.accessibleName():
        return widget.accessibleName()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def cut_off(window: QWidget) -> list[str]:
    """The texts of visible labels and buttons that have less room than they need."""
    widgets = [*window.findChildren(QLabel), *window.findChildren(QAbstractButton)]
    return [w.text() for w in widgets if w.isVisible() and not _fits(w)]


def _fits(widget: QWidget) -> bool:
    least = widget.minimumSizeHint()
    height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else 0
    return widget.width() >= least.width() and widget.height() >= max(height, least.height())


class Person:
    """Windows, and what was asked of the program through them."""

    def __init__(self) -> None:
        self.store = SettingsStore()
        self.store.load()
        self.chosen: list[object] = []
        self.shown: list[bool] = []
        self.links: list[str] = []
        host = Host(
            quit=lambda: None,
            open_cloud_page=lambda: None,
            cloud_url=self.cloud_url,
            choose_cloud=self.choose_cloud,
            now=lambda: 100.0,
        )
        self.windows = Windows(self.store, NullTranslations(), Drawings(), host)
        self.windows.chosen.connect(self.chosen.append)
        self.windows.shown.connect(self.shown.append)
        self.windows.link_chosen.connect(self.links.append)

    def cloud_url(self) -> str:
        cloud = cloud_file.load()
        return "" if cloud is None else cloud.api_url

    def choose_cloud(self, url: str) -> None:
        cloud_file.save(cloud_file.CloudSettings.of(url))


@pytest.fixture
def person(application, installed_icons):
    made = Person()
    yield made
    made.windows.close()
    application.processEvents()
