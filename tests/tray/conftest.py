"""One QApplication for all tests of the tray's widgets; it needs no display."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PyQt5.QtWidgets import QApplication

ICONS = Path(__file__).parents[2] / "resources/icons/hicolor"


@pytest.fixture(scope="session")
def application():
    """The process's QApplication."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", "/tmp"))
        app = QApplication.instance() or QApplication(["u1tray"])
    app.setQuitOnLastWindowClosed(False)
    return app


@pytest.fixture
def installed_icons(home):
    """The icon set, installed for the person whose home it is."""
    for kind in ("scalable", "symbolic"):
        target = home / ".local/share/icons/hicolor" / kind / "apps"
        shutil.copytree(ICONS / kind / "apps", target)
    return home


@pytest.fixture
def wait_for_qt(application):
    """Run Qt's loop until a condition holds, looking after each event and every 10 ms."""

    def wait(condition, seconds=60.0):
        loop, late = QEventLoop(), []
        look, limit = QTimer(), QTimer()
        look.timeout.connect(lambda: condition() and loop.quit())
        limit.timeout.connect(lambda: (late.append(True), loop.quit()))
        limit.setSingleShot(True)
        look.start(10)
        limit.start(int(seconds * 1000))
        if not condition():
            loop.exec()
        look.stop()
        limit.stop()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert not late, f"not within {seconds} s"

    return wait
