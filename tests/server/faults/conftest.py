"""Fixtures of the tests of faults."""

from __future__ import annotations

import pytest

from tests.server.files.client import Files
from tests.server.rig import Running
from u1tray.vocabulary.credentials import Credentials


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """The files of an account with a volume ~/Docs, at generation 0."""
    made = Files(running, ana)
    assert (await made.volume("PUT", "~/Docs")).status == 201
    return made
