"""Two connections to a private bus: one that serves, one that asks."""

from __future__ import annotations

import pytest_asyncio

from tests.rig.bus import Bus
from u1tray.service.connection import Connection


@pytest_asyncio.fixture
async def serving(bus: Bus):
    connection = await Connection.open(bus.address)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def asking(bus: Bus):
    connection = await Connection.open(bus.address)
    yield connection
    await connection.close()
