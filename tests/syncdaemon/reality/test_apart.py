"""Without a connection: what people do on two computers comes to the same, and nothing is lost."""

from __future__ import annotations

import pytest

from tests.syncdaemon.reality import rounds

pytestmark = pytest.mark.bus


@pytest.fixture(scope="module")
def played(pair):
    """All scenarios, played once."""
    return rounds.play(pair, rounds.apart)


@pytest.mark.parametrize("name", rounds.NAMES)
def test_scenario_ends_the_same_everywhere(played, name):
    """Both folders and the cloud are the same, and as the table says."""
    played.check(name, is_exact=True)
