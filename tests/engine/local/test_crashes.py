"""Kill -9 between any two lines of what changes a folder loses nothing; nor do other programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.core
TAKES_SECONDS = 40

PROJECT = Path(__file__).parents[3]
LIMIT_SECONDS = 500
STEP = "5"  # 1 takes two minutes
MEMORY = Path("/dev/shm")  # where waiting for the disk takes no time


@pytest.fixture
def quick(home):
    """A directory on another file system than the home, if there is one."""
    if not os.access(MEMORY, os.W_OK):
        yield home
        return
    path = Path(tempfile.mkdtemp(prefix="u1-", dir=MEMORY))
    yield path
    shutil.rmtree(path)


@pytest.mark.timeout(LIMIT_SECONDS + 30)
@pytest.mark.parametrize("cache", ["same disk", "another disk"])
def test_kill_at_any_line_loses_nothing(home, quick, cache) -> None:
    """Installing, trashing and moving; the cache on the folder's disk, and on another."""
    place = (quick if cache == "same disk" else home) / "cache"
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.local.crashing", quick / "base", place, STEP],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[0]) > 150
