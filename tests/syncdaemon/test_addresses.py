"""What the cloud says of where its nodes are."""

from __future__ import annotations

import pytest

from u1tray.syncdaemon.remote.addresses import names_of
from u1tray.vocabulary.errors import ContractError

pytestmark = pytest.mark.core


def test_path_is_the_names_below_the_volume():
    """All else than a slash may be in them (REST contract, 3)."""
    assert names_of("/a/...b\n/\\") == ("a", "...b\n", "\\")


@pytest.mark.parametrize("path", ["/a/../b", "/.", "/..", "/a\0b", "/a\ud800", "/\udcff"])
def test_name_that_no_node_can_have_is_no_answer(path):
    """It would be a place outside of the folder, or none that the trees can keep."""
    with pytest.raises(ContractError):
        names_of(path)
