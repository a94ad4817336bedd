"""u1file in a home with a bus, a keyring, a cloud and an activatable Credentials service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.bus import Bus
from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.keyring import Keyring, start_keyring
from tests.rig.processes import Processes
from tests.rig.terminal import Terminal
from tests.u1file.bare import Bare, bare_machine

SERVICE = "com.ubuntuone.Credentials"


@dataclass
class Desk:
    """Everything a person at a terminal has."""

    started: Processes
    bus: Bus
    keyring: Keyring
    cloud: RunningCloud

    def u1file(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a verb in a script."""
        return self.started.run("u1file", *arguments, stdin=stdin)

    def log_in(self) -> subprocess.CompletedProcess[str]:
        return self.u1file(
            *("login", EMAIL, "--api-url", self.cloud.url, "--password-stdin"), stdin=PASSWORD
        )


@pytest.fixture
def desk(started: Processes, bus: Bus, home: Path) -> Desk:
    bus.activate(SERVICE, str(Path(sys.executable).parent / "u1tray-credentials"))
    reloaded = started.run(
        *("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus"),
        *("/", "org.freedesktop.DBus.ReloadConfig"),
    )
    assert reloaded.returncode == 0, reloaded.stderr
    return Desk(started, bus, start_keyring(started), start_cloud(started, home))


@pytest.fixture
def terminal(started: Processes) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def run(*command: str) -> Terminal:
        opened.append(Terminal(started, *command))
        return opened[-1]

    yield run
    for each in opened:
        each.close()


@pytest.fixture
def bare(started: Processes, home: Path, terminal: Callable[..., Terminal]) -> Bare:
    return bare_machine(started, home, terminal)
