"""Ctrl-C at any moment: remembered, raised while things are set up, and waited for without end."""

from __future__ import annotations

import random
import select
import signal
import sys

import pytest

from tests.rig.processes import Process, Processes

pytestmark = pytest.mark.core

ROUNDS = 60
LATEST_SECONDS = 0.02
WAITING = """
from u1tray.tray.embedded.children import Children
from u1tray.tray.embedded.interruption import Interruption

while True:
    interruption, children = Interruption(), Children()
    interruption.defer()
    print("ready", flush=True)
    child = children.start(["sleep", "60"])
    print("ended with", interruption.until_ended(child), flush=True)
    children.end()
"""
SWALLOWING = """
from u1tray.tray.embedded.interruption import Interruption

interruption = Interruption()
try:
    print("ready", flush=True)
    while not interruption.came:
        pass
except BaseException:
    print("swallowed", flush=True)
try:
    interruption.defer()
except KeyboardInterrupt:
    print("raised again", flush=True)
"""
ENDING = """
import sys
from u1tray.tray.embedded.children import Children
from u1tray.tray.embedded.interruption import Interruption

interruption = Interruption()
interruption.defer()
children = Children()
sys.exit(interruption.until_ended(children.start(["sh", "-c", "exit 7"])))
"""


def lines(process: Process, start: str) -> int:
    return sum(line.startswith(start) for line in process.output.splitlines(keepends=True))


def test_request_at_any_moment_around_the_start_of_a_child_ends_the_wait(
    started: Processes,
) -> None:
    """Before the child is there, while it starts, while the wait begins, and during it."""
    process = started.start(sys.executable, "-c", WAITING)
    chance = random.Random(11)
    for number in range(1, ROUNDS + 1):
        process.wait_for_match(
            lambda _line, n=number: lines(process, "ready\n") == n, f"round {number}"
        )
        # The moment is to be random.
        select.select([], [], [], chance.random() * LATEST_SECONDS)
        process.signal(chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))
        process.wait_for_match(
            lambda _line, n=number: lines(process, "ended with None\n") == n, f"end {number}"
        )


def test_request_whose_exception_was_swallowed_is_raised_again(started: Processes) -> None:
    """As a library does that was calling back."""
    process = started.start(sys.executable, "-c", SWALLOWING)
    process.wait_for_line("ready")
    process.signal(signal.SIGINT)
    process.wait_for_line("raised again")
    assert process.wait() == 0
    assert lines(process, "swallowed") == 1


def test_child_that_ends_ends_the_wait_with_its_status(started: Processes) -> None:
    """Without any request."""
    assert started.run(sys.executable, "-c", ENDING).returncode == 7
