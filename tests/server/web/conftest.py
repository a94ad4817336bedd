"""Fixtures of the pages' tests."""

from __future__ import annotations

import pytest

from tests.server.rig import Running
from tests.server.web.visitor import Visitor


@pytest.fixture
async def stranger(running: Running) -> Visitor:
    """A browser that nobody is logged in with; there is an account of Ana's."""
    await running.add_account()
    return Visitor(running)


@pytest.fixture
async def visitor(stranger: Visitor) -> Visitor:
    """Ana's browser, logged in."""
    reply = await stranger.log_in()
    assert reply.status == 303, reply
    await stranger.get("/files/")
    return stranger
