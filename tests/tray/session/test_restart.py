"""Running anew: bounded, with the same arguments, keeping a pause."""

from __future__ import annotations

import subprocess
import sys

import pytest

from u1tray.tray.session import restart

pytestmark = pytest.mark.core

PROGRAM = """
import os, sys
from u1tray.tray.session import restart
from u1tray.tray.session.restart import Pause, Reason
kept = restart.inherited_pause()
print(os.getpid(), sys.argv[1:], kept, restart.inherited_pause(), flush=True)
if restart.allowed():
    restart.run_anew(Reason.WATCHER_CAME, Pause("18:30", 123.0))
print("end")
"""


def test_program_runs_anew_a_bounded_number_of_times(tmp_path) -> None:
    """The same process and arguments, five times in ten minutes and no more."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program), "--no-gui", "a b"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *starts, last = done.stdout.splitlines()
    assert last == "end"
    assert len(starts) == 1 + restart.MOST_RESTARTS
    assert len({line.split()[0] for line in starts}) == 1
    assert all("['--no-gui', 'a b']" in line for line in starts)
    assert starts[0].endswith("None None")
    assert all(line.endswith("Pause(until='18:30', ends_at=123.0) None") for line in starts[1:])


@pytest.mark.parametrize("history", ["", "rubbish", "1,2,3,4,5,6,7", "nan,inf"])
def test_old_or_broken_history_does_not_count(monkeypatch, history) -> None:
    """What is longer ago than ten minutes is forgotten."""
    monkeypatch.setenv("U1TRAY_RESTARTS", history)
    assert restart.allowed()


@pytest.mark.parametrize(
    ("kept", "pause"),
    [
        (" ", restart.Pause()),
        ("12 ", restart.Pause("", 12.0)),
        (" 18:30", restart.Pause("18:30", None)),
        ("x y", None),
    ],
)
def test_pause_is_read_back(monkeypatch, kept, pause) -> None:
    """A broken value is no pause."""
    monkeypatch.setenv("U1TRAY_PAUSED_UNTIL", kept)
    assert restart.inherited_pause() == pause


def test_reason_is_inherited_once(monkeypatch):
    """The new start knows why it is there; its own next one must not think the same."""
    monkeypatch.setenv("U1TRAY_RESTARTED_FOR", "WATCHER_CAME")
    assert restart.inherited_reason() is restart.Reason.WATCHER_CAME
    assert restart.inherited_reason() is None
    monkeypatch.setenv("U1TRAY_RESTARTED_FOR", "nonsense")
    assert restart.inherited_reason() is None
