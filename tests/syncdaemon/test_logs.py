"""The daemon's log files are for their owner only, also after they were rotated."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys

import pytest

from u1tray.syncdaemon import logs
from u1tray.vocabulary import places

pytestmark = pytest.mark.core


@pytest.fixture
def ours():
    """Our logger as it was, after the test."""
    root = logging.getLogger("u1tray")
    before = list(root.handlers), root.level
    yield root
    for handler in set(root.handlers) - set(before[0]):
        handler.close()
        for name in ("u1tray", "asyncio", "dbus_fast"):
            logging.getLogger(name).removeHandler(handler)
    root.setLevel(before[1])


def test_every_file_is_for_its_owner_only(ours, monkeypatch):
    """A directory that was there before may be open to others."""
    monkeypatch.setattr(logs, "LARGEST_BYTES", 200)
    logs.start_logging(debug=False)
    for number in range(20):
        ours.info("line %d, long enough for a new file every now and then", number)
    files = list(places.log_directory().iterdir())
    assert len(files) == 1 + logs.OLD_FILES
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


_ODD = """
import logging, os
from u1tray.syncdaemon import logs
logs.start_logging(debug=True)
logging.getLogger("u1tray").info("not synced: %s", os.fsdecode(b"caf\\xe9"))
"""


def test_name_that_is_not_utf8_is_written_so_that_it_can_be_told():
    """A link in the folder may be called anything; its line is no traceback."""
    done = subprocess.run([sys.executable, "-c", _ODD], capture_output=True, check=True, timeout=60)
    (file,) = places.log_directory().iterdir()
    assert file.read_text().endswith("not synced: caf\\udce9\n")
    assert done.stderr.decode() == "INFO: not synced: caf\\udce9\n"
