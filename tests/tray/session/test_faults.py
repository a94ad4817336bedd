"""Unforeseen exceptions are logged once a place and do not end the program."""

from __future__ import annotations

import logging

import pytest

from tests.rig.processes import Processes
from u1tray.tray.session.faults import Faults, LastProblem

pytestmark = pytest.mark.core

PROGRAM = """
import logging, sys
from PyQt5.QtCore import QCoreApplication, QTimer
from u1tray.tray.session.faults import Faults
logging.basicConfig(stream=sys.stdout)
Faults().install()
qt = QCoreApplication(["x"])
def broken():
    raise ValueError("of a slot")
for _number in range(3):
    QTimer.singleShot(0, broken)
QTimer.singleShot(10, lambda: qt.exit(7))
sys.exit(qt.exec())
"""


def test_exception_in_a_slot_is_logged_once_and_survived(started: Processes, home) -> None:
    """PyQt5 would abort the process."""
    program = home / "program.py"
    program.write_text(PROGRAM)
    done = started.run("python", str(program))
    assert done.returncode == 7, done.stderr
    assert done.stdout.count("ValueError: of a slot") == 1
    assert done.stdout.count("Traceback") == 1


def _raised(error):
    try:
        raise error
    except Exception as caught:
        return type(caught), caught, caught.__traceback__


def test_another_failure_is_logged_again(caplog) -> None:
    """Only the same kind at the same place is silent."""
    faults = Faults()
    faults.caught(*_raised(ValueError("one")))
    faults.caught(*_raised(ValueError("two")))
    faults.caught(*_raised(KeyError("three")))
    faults.caught(ValueError, ValueError("without a trace"), None)
    assert len(caplog.records) == 3


def test_last_problem_is_the_first_line_of_the_last_warning() -> None:
    """What --diagnose shows; infos are no problem."""
    handler = LastProblem()
    logger = logging.Logger("x")
    logger.addHandler(handler)
    logger.warning("first\nmore")
    logger.info("fine")
    assert handler.text == "first"
