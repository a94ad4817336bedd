"""A home without room, or that nobody may write to, while the daemon starts."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus

# Of a file. A store's index in shared memory is larger, and what the daemon prints is not.
FULL_BYTES = 24_576
NOT_SYNCED = "Nothing of this folder is synced for now"


def stores(computer):
    return computer.home / ".local/share/u1tray/syncdaemon/volumes"


def full(computer):
    """Start with a disk that takes nothing more."""
    computer.start("prlimit", f"--fsize={FULL_BYTES}:unlimited")
    return lambda: subprocess.run(
        ["prlimit", f"--pid={computer.process.pid}", "--fsize=unlimited"], check=True
    )


def read_only(computer):
    """Start with a home that nobody may write to."""
    stores(computer).chmod(0o500)
    computer.start()
    return lambda: stores(computer).chmod(0o700)


def nothing_known(computer):
    """As on a first start: the store is not there, and cannot be made."""
    shutil.rmtree(stores(computer))
    stores(computer).parent.chmod(0o500)
    computer.start()
    return lambda: stores(computer).parent.chmod(0o700)


@pytest.mark.parametrize("begin", [full, read_only, nothing_known], ids=lambda one: one.__name__)
def test_disk_that_refuses_at_the_start_is_told_and_waited_for(pair, box, begin):
    """No internal error, nothing lost; it is told, and gone by itself with its reason."""
    here, there = pair.both
    (here.folder / box / "before").write_bytes(b"1")
    pair.settle(box)
    here.quit()
    (here.folder / box / "here").write_bytes(b"2")
    mend = begin(here)
    try:
        (trouble,) = pair.until(lambda: here.own("troubles"), "the trouble")
        assert (trouble["path"], trouble["kind"]) == (str(here.folder), "lasting")
        assert "cannot be written down" in trouble["error"]
        assert here.own("summary")["troubles"] == "1"
        explained = here.explain(here.folder / box / "here")
        assert explained["state"] == "waiting"
        assert explained["sentence"].startswith(NOT_SYNCED)
        (there.folder / box / "there").write_bytes(b"3")
        pair.until(lambda: f"{box}/there".encode() in pair.in_cloud(), "the other computer's")
        pair.until(lambda: here.status["is_online"] == "True", "the connection")
        assert not here.in_sync(0.5)
        assert sorted(one.name for one in (here.folder / box).iterdir()) == ["before", "here"]
    finally:
        mend()
    wanted = {b"before": sha1(b"1"), b"here": sha1(b"2"), b"there": sha1(b"3")}
    assert pair.settle(box) == wanted
    assert here.own("troubles") == []
    assert "Traceback" not in here.process.output
    assert "internal error" not in here.process.output
