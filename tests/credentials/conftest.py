"""The real service on a private bus, with a real keyring and a real cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.credentials.conversation import Conversation
from tests.rig.bus import Bus
from tests.rig.cloud import RunningCloud, start_cloud
from tests.rig.keyring import Keyring, start_keyring
from tests.rig.processes import Process, Processes


@pytest.fixture
def keyring(started: Processes, bus: Bus) -> Keyring:
    """An unlocked keyring."""
    return start_keyring(started)


@pytest.fixture
def cloud_server(started: Processes, home: Path) -> RunningCloud:
    """A cloud, set as ours by `U1_API_URL`."""
    cloud = start_cloud(started, home)
    started.env["U1_API_URL"] = cloud.url
    return cloud


@pytest.fixture
def service(started: Processes, bus: Bus) -> Iterator:
    """Starts the service when called; everything it logs at debug level is in its output."""

    def start(**environment: str) -> Process:
        process = started.start("u1tray-credentials", "--debug", env=environment)
        process.wait_for_line("ready")
        return process

    return start


@pytest_asyncio.fixture
async def caller(bus: Bus):
    conversation = await Conversation.open(bus.address)
    yield conversation
    await conversation.close()


@pytest.fixture
def passphrase(started: Processes, home: Path) -> Path:
    """A vault set up by its passphrase file."""
    file = home / "passphrase"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    started.env["U1TRAY_PASSPHRASE_FILE"] = str(file)
    return file
