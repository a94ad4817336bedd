"""Options of the configuration file that change what the daemon does (D-Bus contract, 10.6)."""

from __future__ import annotations

import pytest

from tests.syncdaemon.conftest import EMAIL

pytestmark = pytest.mark.bus

FILES = 6


async def test_transfers_at_once_are_as_many_as_the_option_says(  # noqa: PLR0917 - fixtures
    daemon, listener, cloud, credentials, configure, home
):
    """10.6 simult_transfers: with 1, each begins after the one before has ended."""
    folder = home / "Ubuntu One"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").write_bytes(bytes([number]) * 100_000)
    configure(autoconnect=True, simult_transfers=1)
    await credentials.log_in(EMAIL)
    daemon.start()
    await listener.until(lambda: len(listener.of("UploadFinished")) == FILES, "the uploads")
    told = [
        one.member for one in listener.heard if one.member in {"UploadStarted", "UploadFinished"}
    ]
    assert told == ["UploadStarted", "UploadFinished"] * FILES
