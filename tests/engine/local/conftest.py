"""A real folder on disk for each test, and what the engine keeps beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Threads, ended after the test."""
    made = Workers()
    yield made
    made.close()


@pytest.fixture
def root(home: Path) -> Path:
    """The directory that is synced."""
    path = home / "Ubuntu One"
    path.mkdir()
    return path


@pytest.fixture
def partials(home: Path, workers: Workers) -> Partials:
    """Partial files in a cache, none of them too small for that."""
    return Partials(home / "cache" / "partials", workers, small_below_bytes=0)


@pytest.fixture
def places(home: Path) -> Places:
    """A trash of ours and the person's."""
    return Places(own_trash=home / "data" / "trash", data_home=home / "share")


@pytest.fixture
def folder(
    root: Path, partials: Partials, workers: Workers, places: Places
) -> Iterator[DiskFolder]:
    """The real folder."""
    made = DiskFolder(root, partials, workers, places, (r"\A.*~\Z",))
    yield made
    made.close()


@pytest.fixture
def limit():
    """What must come comes in this time."""
    return lambda awaitable: asyncio.wait_for(awaitable, 30)
