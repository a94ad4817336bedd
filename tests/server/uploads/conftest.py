"""Fixtures of the tests of resumable uploads."""

from __future__ import annotations

import pytest

from tests.server.files.client import Files
from tests.server.rig import Running
from tests.server.uploads.client import Tus
from u1tray.vocabulary.credentials import Credentials


@pytest.fixture
async def files(running: Running, ana: Credentials) -> Files:
    """The files of an account with a volume ~/Docs, at generation 0."""
    made = Files(running, ana)
    assert (await made.volume("PUT", "~/Docs")).status == 201
    return made


@pytest.fixture
async def others(running: Running) -> Files:
    """The files of another account."""
    account = await running.add_account("bob@example.com", "Bob")
    credentials, _ = await running.add_token(account)
    return Files(running, credentials)


@pytest.fixture
def tus(files: Files) -> Tus:
    """The uploads of the account."""
    return Tus(files)
