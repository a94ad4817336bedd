"""What keeps contents from being collected while backups are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.processes import wait_until
from tests.server.rig import FixedClock
from u1tray.server.admin.backup.holding import Holding
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata import holds
from u1tray.server.storage.metadata.database import Database
from u1tray.vocabulary.errors import BusyError

pytestmark = pytest.mark.core


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    found, _ = open_directory(data, {}, create=True)
    yield found
    found.close()


def is_held(database: Database, clock: FixedClock) -> bool:
    with database.writing() as connection:
        return holds.is_held(connection, clock.now())


def test_backups_at_once_share_no_hold(database: Database) -> None:
    """The first that is done takes nothing from the other."""
    clock = FixedClock()
    with Holding(database, clock):
        with Holding(database, clock):
            assert is_held(database, clock)
        assert is_held(database, clock)
    assert not is_held(database, clock)


def test_hold_is_renewed_while_something_takes_long(database: Database) -> None:
    """A long snapshot, or one large content, ends no hold."""
    clock = FixedClock()
    with Holding(database, clock, renew_every_s=0.05) as holding:
        clock.moment += holds.HOLD_S + 1
        wait_until(lambda: is_held(database, clock), 60, "the hold to be renewed")
        holding.check()


def test_hold_that_was_lost_makes_no_backup(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something may have been collected: better none than one that lacks contents."""
    monkeypatch.setattr(holds, "HOLD_S", 0.0)
    with Holding(database, FixedClock()) as holding, pytest.raises(BusyError):
        holding.check()
