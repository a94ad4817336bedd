"""Where installed files are found."""

from __future__ import annotations

import os

import pytest

from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    "relative",
    [
        "icons/hicolor/scalable/apps/u1tray-idle.svg",
        "icons/hicolor/symbolic/apps/u1tray-idle-symbolic.svg",
        "doc/u1tray/manual.html",
        "locale",
    ],
)
def test_data_file_is_found_in_a_checkout_as_after_an_installation(relative: str) -> None:
    """An editable installation brings no data files, and is no reason to be without icons."""
    found = places.installed(relative)
    assert found is not None
    assert found.exists()


def test_missing_data_file_is_none() -> None:
    """Nothing is made up."""
    assert places.installed("icons/hicolor/scalable/apps/no-such-icon.svg") is None


def test_user_without_a_home_is_told_what_to_set(monkeypatch):
    """As in a container that runs as some number."""
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_242_424)
    with pytest.raises(UsageError, match="HOME"):
        places.data_home()
