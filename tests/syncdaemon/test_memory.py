"""What the daemon remembers between starts: its account, its restarts; and small pure rules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from u1tray.syncdaemon import restarts
from u1tray.syncdaemon.binding import bind, binding_file, bound_root_id, root_id_of
from u1tray.syncdaemon.locations import root_directory
from u1tray.syncdaemon.network import changed_state, first_state
from u1tray.syncdaemon.queue import CommandQueue
from u1tray.vocabulary.errors import ContractError, UsageError

pytestmark = pytest.mark.core


def test_account_is_remembered_for_its_owner_only(home):
    """10.2 and 10.6: in the metadata place, readable by the owner alone."""
    path = binding_file()
    assert path == home / ".local/share/u1tray/syncdaemon/account.json"
    assert bound_root_id(path) is None
    bind(path, root_id_of(4711, "kW3xQ7a"))
    assert bound_root_id(path) == "4711-kW3xQ7a"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(path.parent).st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 2, "root_id": "x"}', '{"version": 1}', "{", "\0"]
)
def test_unreadable_memory_is_an_error_and_not_nobody(home, content):
    """A broken memory must not look like a first start."""
    path = binding_file()
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(ContractError, match=r"account\.json"):
        bound_root_id(path)


def test_three_restarts_in_ten_minutes_are_all(home):
    """10.1: at most 3 times in 10 minutes; later there are new ones."""
    path = restarts.restarts_file()
    granted = [restarts.claim_restart(path, now) for now in (1000, 1001, 1500, 1599, 1600, 1601)]
    assert granted == [True, True, True, False, True, True]
    assert restarts.claim_restart(path, 1602) is False


def test_senseless_restart_memory_counts_as_none(home):
    """A broken file neither stops the daemon nor lasts."""
    path = restarts.restarts_file()
    path.parent.mkdir(parents=True)
    path.write_text("nonsense")
    assert restarts.claim_restart(path, 1000)
    path.write_text('{"a": 1}')
    assert restarts.claim_restart(path, 1000)


def test_restart_that_cannot_be_counted_is_not_granted(home):
    """Uncounted restarts could go on for ever."""
    (home / ".local").write_text("in the way")
    assert not restarts.claim_restart(restarts.restarts_file(), 1000)


@pytest.mark.parametrize(
    ("state", "first", "changed"),
    [
        (0, False, None),
        (1, False, False),
        (2, False, None),
        (3, True, True),
        (4, False, False),
        (10, False, False),
        (20, False, False),
        (30, False, None),
        (40, False, None),
        (50, False, False),
        (60, False, False),
        (70, True, True),
    ],
)
def test_states_of_network_manager(state, first, changed):
    """10.3: online 3 and 70; 2 and 40 wait for the signal; in the first answer others are none."""
    assert first_state(state) is first
    assert changed_state(state) is changed


def test_root_folder_is_a_folder_of_its_own(home):
    """10.6 root_dir: absolute or below `~`, never the home itself."""
    assert root_directory("~/Ubuntu One") == home / "Ubuntu One"
    assert root_directory("/srv/sync") == Path("/srv/sync")
    for senseless in ("", "/", "~", "Ubuntu One", "~/../x", str(home)):
        with pytest.raises(UsageError):
            root_directory(senseless)


def test_commands_come_and_go_in_pairs_even_when_they_fail():
    """10.4: Added and Removed with the same id, unique for the daemon's life."""
    told = []
    queue = CommandQueue(
        added=lambda one: told.append(("added", one)),
        removed=lambda one: told.append(("removed", one)),
    )
    with queue.running("ListVolumes") as first:
        assert queue.commands == (first,)
        assert first.to_wire() == ("ListVolumes", "1", {"running": "True"})
    with pytest.raises(RuntimeError), queue.running("GetDelta", volume_id=""):
        raise RuntimeError
    assert queue.commands == ()
    assert [(what, one.id, one.running) for what, one in told] == [
        ("added", "1", True),
        ("removed", "1", False),
        ("added", "2", True),
        ("removed", "2", False),
    ]
    assert told[-1][1].to_wire() == ("GetDelta", "2", {"running": "", "volume_id": ""})
