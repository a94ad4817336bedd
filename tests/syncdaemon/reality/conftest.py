"""Two computers and a cloud for each file of scenarios; each scenario has a folder of its own."""

from __future__ import annotations

import pytest

from tests.syncdaemon.reality.rig import reality


@pytest.fixture(scope="module")
def pair(cloud_data):
    """Both daemons run and sync. At the end the cloud must have lost nothing."""
    with reality(cloud_data) as found:
        yield found
        found.fsck()


@pytest.fixture
def box(request, pair):
    """A folder for one scenario, on both computers."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    (pair.here.folder / name).mkdir()
    pair.settle(name)
    return name
