"""A peer on the bus, and the probe that talks to it."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.bus.probe import NAME
from tests.rig.peer import Peer


@pytest.fixture
async def peer(bus):
    """A connection that owns the name the probe talks to."""
    connected = await Peer.connect(bus.address)
    await connected.own(NAME)
    yield connected
    await connected.close()


class Probe:
    """A running probe, read without blocking the peers of this process."""

    def __init__(self, process) -> None:
        self.process = process
        self._read = 0

    async def line(self, seconds: float = 60.0) -> str:
        """Its next line of output."""
        wanted = self._read + 1

        def enough(_line: str) -> bool:
            return self.process.output.count("\n") >= wanted

        await asyncio.to_thread(self.process.wait_for_match, enough, f"line {wanted}", seconds)
        self._read = wanted
        return self.process.output.splitlines()[wanted - 1]

    async def heard(self, seconds: float = 60.0):
        """Its next line as a value."""
        return json.loads(await self.line(seconds))


@pytest.fixture
def probe(started, bus):
    """Start a probe in a scenario."""
    return lambda *arguments: Probe(started.module("tests.bus.probe", *arguments))
