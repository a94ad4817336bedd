"""Who is counted as one, and how long they wait (14)."""

from __future__ import annotations

from pathlib import Path

import pytest

from u1tray.server.accounts import attempts
from u1tray.server.accounts.attempts import Limit, TooManyAttemptsError
from u1tray.server.storage.directory import open_directory

pytestmark = pytest.mark.core


def subject(address: str) -> bytes:
    return attempts.subjects("ana@example.com", address)[1]


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::1", "127.0.0.1", False),
    ],
)
def test_peers_of_one_network_are_one(one: str, other: str, are_same: bool) -> None:
    """IPv6 by /64: its customer may use any address there."""
    assert (subject(one) == subject(other)) is are_same
    both = attempts.registration_subject(one), attempts.registration_subject(other)
    assert (both[0] == both[1]) is are_same


def test_unix_socket_is_no_address() -> None:
    """Counted for the account only; registrations without an address are counted together."""
    assert len(attempts.subjects("ana@example.com", "")) == 1
    assert attempts.registration_subject("") == attempts.registration_subject("")


def test_subjects_do_not_mix() -> None:
    """An account, an address and a registration of the same words."""
    account, address = attempts.subjects("192.0.2.1", "192.0.2.1")
    assert len({account, address, attempts.registration_subject("192.0.2.1")}) == 3


def test_wait_ends_when_the_oldest_that_counts_is_forgotten(data: Path) -> None:
    """A window that slides."""
    database, _ = open_directory(data, {}, create=True)
    limit, who = Limit(3, 100.0), (b"w" * 32,)
    with database.writing() as connection:
        for moment in (0.0, 10.0, 20.0):
            attempts.begin(connection, who, moment, limit)
        for moment, wait in ((20.0, 80), (99.5, 1)):
            with pytest.raises(TooManyAttemptsError) as caught:
                attempts.begin(connection, who, moment, limit)
            assert caught.value.retry_after_s == wait
        numbers = attempts.begin(connection, who, 100.0, limit)
        with pytest.raises(TooManyAttemptsError):
            attempts.begin(connection, who, 100.0, limit)
        attempts.succeed(connection, numbers)
        assert attempts.begin(connection, who, 100.0, limit)
    database.close()
