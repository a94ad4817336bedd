"""A cloud with files to administer."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.admin.cloud import Made, fill
from tests.server.rig import running_cloud


@pytest.fixture(scope="module")
def filled() -> Iterator[Made]:
    """A healthy cloud with files, made by the server."""
    home = Path(tempfile.mkdtemp(prefix="u1-"))

    async def make() -> Made:
        async with running_cloud(home / "cloud") as running:
            return Made(home / "cloud", await fill(running))

    yield asyncio.run(make())
    shutil.rmtree(home)


@pytest.fixture
def cloud(filled: Made, data: Path) -> Made:
    """A copy of it."""
    shutil.copytree(filled.data, data)
    return Made(data, filled.credentials)
