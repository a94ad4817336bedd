"""The real service and its real window on a display, seen and operated as a screen reader does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.credentials.conversation import Conversation
from tests.rig.accessible import ScreenReader
from tests.rig.bus import Bus
from tests.rig.display import start_display
from tests.rig.opener import Opener, install_opener
from tests.rig.processes import Process, Processes

LOG_IN = "Log in"


@dataclass
class Desk:
    """A person in front of a screen. `service` is running, `caller` asks it."""

    started: Processes
    reader: ScreenReader
    caller: Conversation
    start: Callable[..., Process]
    service: Process

    async def ask(self, member: str = "login", **arguments: str) -> None:
        """A program asks; its reply comes before the person acts (9.2)."""
        self.caller.ask(member, {"window_id": "0", **arguments})
        (heard,) = await self.caller.heard_all(1)
        assert heard == ("reply", member, [])

    async def outcome(self) -> tuple[str, dict[str, str]]:
        """The one signal that ended it, and its dict."""
        ((kind, member, _signature, values),) = await self.caller.heard_all(1)
        assert kind == "signal"
        return member, dict(values[0]) if values else {}

    async def fill_in(self, email: str, password: str) -> None:
        """The log-in page."""
        await self.reader.write("E-mail address", email)
        await self.reader.write("Password", password)
        await self.reader.press(LOG_IN)

    def window_processes(self) -> list[int]:
        """The windows' process ids."""
        return [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if parent_of(pid) == self.service.pid
        ]

    def press_keys(self, *keys: str) -> None:
        """Keys of the keyboard, as xdotool calls them, to whatever has the focus."""
        assert self.started.run("xdotool", "key", "--delay", "20", *keys).returncode == 0

    def type(self, text: str) -> None:
        """Letters on the keyboard."""
        assert self.started.run("xdotool", "type", "--delay", "20", text).returncode == 0


def parent_of(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


@pytest_asyncio.fixture
async def reader(started: Processes, bus: Bus) -> AsyncIterator[ScreenReader]:
    """A display with a screen reader; programs started afterwards are on it."""
    start_display(started)
    reading = await ScreenReader.start(started)
    yield reading
    await reading.close()


@pytest.fixture
def desk(
    started: Processes, reader: ScreenReader, caller: Conversation, service
) -> Callable[..., Desk]:
    """Starts the service, and gives the person's desk."""

    def start(**environment: str) -> Desk:
        return Desk(started, reader, caller, service, service(**environment))

    return start


@pytest.fixture
def opener(started: Processes, home: Path) -> Opener:
    """The desktop's browser, which notes what it is to open."""
    return install_opener(started, home)
