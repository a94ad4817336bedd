"""The numbers are those of Qt's names, and PyQt takes them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PyQt5.QtCore import Qt, QTimer

from u1tray.tray.surface import qtnumbers

pytestmark = pytest.mark.core


def test_numbers_are_those_of_the_names():
    """qnamespace.h: they never change within Qt 5."""
    assert Qt.TimerType.PreciseTimer == qtnumbers.PRECISE_TIMER
    attributes = Qt.ApplicationAttribute
    assert attributes.AA_EnableHighDpiScaling == qtnumbers.ENABLE_HIGH_DPI_SCALING
    assert attributes.AA_UseHighDpiPixmaps == qtnumbers.USE_HIGH_DPI_PIXMAPS


def test_pyqt_takes_the_numbers():
    """A timer set by number is a precise one, and so are the attributes of an application."""
    timer = QTimer()
    timer.setTimerType(qtnumbers.PRECISE_TIMER)
    assert timer.timerType() == Qt.TimerType.PreciseTimer
    code = (
        "from PyQt5.QtCore import QCoreApplication as A;"
        "from u1tray.tray.surface import qtnumbers as n;"
        "A.setAttribute(n.ENABLE_HIGH_DPI_SCALING); A.setAttribute(n.USE_HIGH_DPI_PIXMAPS);"
        "assert A.testAttribute(20); assert A.testAttribute(13)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
