"""Recorded conversations, replayed on the real bus to the real indicator (contract, 11.2).

All traces run beside each other, each on a bus of its own, because they take their time: clock
mode plays them as they were recorded.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.bus import Bus, start_bus
from tests.rig.environment import scrubbed
from tests.rig.processes import Process, Processes, processes, wait_until
from tests.rig.sentences import indicators_in

pytestmark = pytest.mark.bus
TAKES_SECONDS = 90
TRACES = Path(__file__).parents[1] / "traces"
UNATTENDED_SECONDS = 60

# In brackets: short enough to be missed.
EXPECTED = {
    "startup-autoconnect-off-then-quit": "stopped disconnected stopped",
    "no-network-then-server-refuses": (
        "stopped offline connecting offline connecting disconnected connecting stopped"
    ),
    "connect-upload-offline-reconnect-disconnect": (
        "stopped [disconnected] [connecting] up-to-date syncing up-to-date syncing up-to-date"
        " offline syncing up-to-date disconnected stopped"
    ),
    "first-download-then-quit": "stopped syncing up-to-date stopped",
    "wrong-password": "stopped needs-login stopped",
    "over-quota": "stopped up-to-date over-quota up-to-date stopped",
    "activation-and-restart-after-internal-error": "stopped disconnected stopped",
    "credentials-service": "stopped",
}


@dataclass
class Session:
    """A home with a bus, an indicator without a window, and later a replay."""

    started: Processes
    bus: Bus
    tray: Process
    begun: float
    marker: Path
    replay: Process | None = None


@contextlib.contextmanager
def _session(installed: bool = False) -> Iterator[Session]:
    home = Path(tempfile.mkdtemp(prefix="u1-"))
    marker = home / "was-started"
    (home / "logs").mkdir()
    try:
        with processes(scrubbed(home), home / "logs") as started:
            bus = start_bus(started, home)
            if installed:
                bus.activate("com.ubuntuone.SyncDaemon", f"/usr/bin/touch {marker}")
            tray = started.start("u1tray", "--no-gui")
            yield Session(started, bus, tray, time.monotonic(), marker)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def unattended() -> Iterator[Session]:
    """An indicator beside an installed daemon that does not run, begun with the replays."""
    with _session(installed=True) as session:
        yield session


@pytest.fixture(scope="module")
def orphan() -> Iterator[Session]:
    """An indicator whose bus is killed, and none comes in its place."""
    with _session() as session:
        session.tray.wait_for_line("No file sync service is installed", 60)
        session.bus.process.signal(signal.SIGKILL)
        yield session


@pytest.fixture(scope="module")
def sessions(unattended: Session, orphan: Session) -> Iterator[dict[str, Session]]:
    """One session a trace; every replay begins once every indicator has said its first word."""
    with contextlib.ExitStack() as stack:
        running = {name: stack.enter_context(_session()) for name in EXPECTED}
        for session in running.values():
            session.tray.wait_for_line("No file sync service is installed", 60)
        for name, session in running.items():
            trace = TRACES / f"{name}.jsonl"
            session.replay = session.started.module("tests.rig.replay", str(trace))
        yield running


@pytest.mark.parametrize("name", EXPECTED)
def test_replayed_trace_gives_the_indicators(sessions: dict[str, Session], name: str) -> None:
    """11.2, clock mode, Credentials absent, the tray not acting."""
    session = sessions[name]
    assert session.replay is not None
    session.replay.wait_for_line("end", 150)
    wanted = EXPECTED[name].split()

    def settled() -> bool:
        return indicators_in(session.tray.output)[-1:] == wanted[-1:]

    wait_until(settled, 60, f"{wanted[-1]} at last", session.tray)
    shown = indicators_in(session.tray.output)
    pattern = "".join(
        f"({re.escape(word[1:-1])} )?" if word.startswith("[") else f"{re.escape(word)} "
        for word in wanted
    )
    assert re.fullmatch(pattern, " ".join(shown) + " "), f"{shown}\n{session.tray.output}"


def test_every_trace_is_replayed() -> None:
    """No recorded conversation is left out."""
    assert {trace.stem for trace in TRACES.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_replay_leaves_no_complaint(sessions: dict[str, Session], name: str) -> None:
    """The real services' wire causes no error line, and nothing is printed but status."""
    output = sessions[name].tray.output
    assert "Traceback" not in output
    assert "CRITICAL" not in output


def test_installed_daemon_is_not_started_in_a_minute(unattended: Session) -> None:
    """11.3, T1: beside an installed daemon that is not running, the tray runs 60 s."""
    unattended.tray.wait_for_line("File sync is not running")

    def over() -> bool:
        assert not unattended.marker.exists()
        return time.monotonic() > unattended.begun + UNATTENDED_SECONDS

    wait_until(over, 2 * UNATTENDED_SECONDS, "the minute", unattended.tray)
    assert unattended.tray.returncode is None


def test_bus_that_died_for_good_ends_the_indicator_quietly(orphan: Session) -> None:
    """T28, row 1: it says so, tries for 30 s, and ends with status 0."""
    orphan.tray.wait_for_line("The session bus cannot be reached")
    assert orphan.tray.wait(120) == 0
    assert "Traceback" not in orphan.tray.output
