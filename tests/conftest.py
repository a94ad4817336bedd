"""Fixtures for every level: a home, processes in it, a private session bus."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.rig.bus import Bus, start_bus
from tests.rig.cloud import remove_made
from tests.rig.environment import scrubbed
from tests.rig.processes import Processes, processes

# No limit by the clock, which a busy machine breaks; the same examples every time: looking for
# others is the affair of long runs, behind commands of their own.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


PROCESSES_SECONDS = 3.0
PLAIN_SECONDS = 0.1
"""What a test takes, about: one that starts processes, and one that does not."""
PAIR_SECONDS = 45.0
"""What a module of tests/syncdaemon/reality takes, whose tests share two computers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that none is left to one worker in the end.

    A module whose time is none of its tests' says it: `TAKES_SECONDS`.
    """
    seconds: Counter[Path] = Counter()
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        seconds[item.path] += PROCESSES_SECONDS if "started" in fixtures else PLAIN_SECONDS
        said = getattr(getattr(item, "module", None), "TAKES_SECONDS", 0.0)
        shared = PAIR_SECONDS if "pair" in fixtures else 0.0
        seconds[item.path] = max(seconds[item.path], said, shared)
    items.sort(key=lambda item: -seconds[item.path])


def pytest_configure(config: pytest.Config) -> None:
    """Programs under test heed Ctrl-C and a closed terminal, also where we were told not to.

    What runs in the background of a shell, or under nohup, ignores them, and so would its children.
    """
    # Else xdist would put the files with the most tests first, and the few long ones last.
    config.option.loadscopereorder = False
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_unconfigure() -> None:
    """Nothing stays."""
    remove_made()


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The test process itself sees nothing of the machine's user either."""
    wanted = scrubbed(home)
    for name in os.environ:
        if name not in wanted and not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def home() -> Iterator[Path]:
    """A fresh home with a short path (socket paths have 108 bytes)."""
    directory = Path(tempfile.mkdtemp(prefix="u1-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def started(home: Path) -> Iterator[Processes]:
    """Starts processes in the home's environment and ends them after the test."""
    logs = home / "logs"
    logs.mkdir()
    with processes(scrubbed(home), logs) as running:
        yield running


@pytest.fixture
def bus(started: Processes, home: Path) -> Bus:
    """A private session bus; processes started afterwards are on it."""
    return start_bus(started, home)
