"""Fixtures of the panel level: a display, a watcher that records, daemons, and the tray itself."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication
from PyQt5.QtWidgets import QApplication

from tests.rig.bus import Bus
from tests.rig.credentials import CredentialsService
from tests.rig.daemon import Daemon
from tests.rig.display import Display, start_display
from tests.rig.opener import Opener, install_opener
from tests.rig.processes import Process, Processes
from tests.rig.watcher import Item, Watcher

ENDS_SECONDS = 15.0
"""Long for a program that is to end within 3 s (8.3), as this machine may be busy."""


@pytest.fixture
def display(started: Processes) -> Display:
    """An X display; processes started afterwards are on it."""
    return start_display(started)


@pytest.fixture
async def watcher(bus: Bus) -> AsyncIterator[Watcher]:
    """A recording StatusNotifierWatcher, on the bus before any tray starts."""
    watching = Watcher(bus.address)
    await watching.arrive()
    yield watching
    await watching.leave()


@pytest.fixture
async def daemon(bus: Bus) -> AsyncIterator[Daemon]:
    """A SyncDaemon to be driven; not there until it appears."""
    driven = Daemon(bus.address)
    yield driven
    await driven.leave()


@pytest.fixture
async def credentials(bus: Bus) -> AsyncIterator[CredentialsService]:
    """A Credentials service to be driven; not there until it appears."""
    service = CredentialsService(bus.address)
    yield service
    await service.leave()


@pytest.fixture
def opener(started: Processes, home: Path) -> Opener:
    """The desktop's opener, which notes instead of opening."""
    return install_opener(started, home)


class Tray:
    """The indicator under test, and the item the panel has of it."""

    def __init__(self, started: Processes, watcher: Watcher) -> None:
        self._started = started
        self._watcher = watcher

    async def start(self, *options: str) -> Item:
        """Start `u1tray` and wait for its icon."""
        self.process: Process = self._started.start("u1tray", *options)
        try:
            return await self._watcher.item()
        except AssertionError as error:
            message = f"{error}; status {self.process.returncode}\n{self.process.output}"
            raise AssertionError(message) from None


@pytest.fixture
def tray(started: Processes, display: Display, watcher: Watcher) -> Tray:
    """The indicator, to be started when the test has set the stage."""
    return Tray(started, watcher)


@pytest.fixture(scope="session")
def application() -> QCoreApplication:
    """This process's Qt; it needs no display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", "/tmp"))
        return QApplication.instance() or QApplication(["u1tray"])
