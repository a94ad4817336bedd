"""Work in the background goes on after an error that nobody thought of."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.server.changes.listener import listening
from tests.server.files.client import Files
from tests.server.rig import NOW, Running, running_cloud, until
from u1tray.server.changes.notify import CHANNEL
from u1tray.server.upkeep.collecting import collecting
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end


class StumblingClock:
    """A clock that breaks the first time."""

    def __init__(self) -> None:
        self.asked = 0

    def now(self) -> float:
        self.asked += 1
        if self.asked == 1:
            message = "the clock stopped"
            raise RuntimeError(message)
        return NOW


async def test_collection_goes_on_after_any_error(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback in the log, and a collection the next time."""
    settings = dataclasses.replace(running.cloud.settings, gc_interval=0.02)
    cloud = dataclasses.replace(running.cloud, settings=settings, clock=StumblingClock())
    caplog.set_level("INFO", "u1tray.server.upkeep.collecting")
    async with collecting(cloud):
        await until(lambda: "collected 0 contents" in caplog.text, "a collection")
    assert caplog.text.index("cannot collect garbage") < caplog.text.index("collected 0 contents")
    assert "the clock stopped" in caplog.text


@pytest.fixture
async def neighbour(running: Running, data, postgres_url: str) -> AsyncIterator[Running]:
    """A second server on the same data."""
    async with running_cloud(data, database_url=postgres_url) as second:
        yield second


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_changes_are_heard_after_nonsense(
    running: Running,
    neighbour: Running,
    ana: Credentials,
    postgres_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A line too deep to be read as JSON, from whoever may speak on that channel."""
    async with listening(running, ana) as listener:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify(%s, repeat('[', 7000))", (CHANNEL,))
        await until(lambda: "cannot hear the changes" in caplog.text, "the error")
        assert (await Files(neighbour, ana).volume("PUT", "~/New")).status == 201
        assert await listener.event() == (
            "volume",
            {"path": "~/New", "change": "created", "generation": 0},
        )
