"""A cloud's directory with an account, and connections that are closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.certificates import MadeCertificate, make_certificate
from tests.rig.cloud import EMAIL, PASSWORD
from tests.rig.processes import Processes
from tests.server.hosting.client import Client


def add_account(started: Processes, data: Path) -> Path:
    """A data directory with the account EMAIL, PASSWORD."""
    added = started.run(
        *("u1server", "user", "add", EMAIL, "--data", str(data), "--password-stdin"),
        stdin=PASSWORD,
    )
    assert added.returncode == 0, added.stderr
    return data


@pytest.fixture
def with_account(started: Processes, data: Path) -> Path:
    """A data directory with an account."""
    return add_account(started, data)


@pytest.fixture
def certificate(home: Path) -> MadeCertificate:
    return make_certificate(home)


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Makes clients and closes their connections."""
    made: list[Client] = []

    def make(*words: Any, **options: Any) -> Client:
        made.append(Client(*words, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
