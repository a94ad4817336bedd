"""Fixtures of the cloud's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.rig import Running, running_cloud
from u1tray.vocabulary.credentials import Credentials


@pytest.fixture
def data(home: Path) -> Path:
    """Where a cloud's data goes; nothing is there yet."""
    return home / "cloud"


@pytest.fixture
async def running(data: Path) -> AsyncIterator[Running]:
    """A running cloud with the default options."""
    async with running_cloud(data) as cloud:
        yield cloud


@pytest.fixture
async def ana(running: Running) -> Credentials:
    """Credentials of an account `ana@example.com`."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    return credentials
