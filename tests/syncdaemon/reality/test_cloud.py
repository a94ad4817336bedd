"""The cloud itself has a bad day: restarted, restored, full, and it sends somebody away."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.syncdaemon.conftest import EMAIL
from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus

MB = 1_000_000


def test_over_quota_waits_by_name_and_goes_when_there_is_room(pair, box):
    """What does not fit waits; what fits goes on, both ways; room sends the rest."""
    here, there = (one.folder / box for one in pair.both)
    pair.cloud.admin("user", "quota", EMAIL, "1MB")
    data = os.urandom(2 * MB)
    (here / "big").write_bytes(data)
    pair.until(
        lambda: [one for one in pair.here.own("troubles") if one["path"].endswith("big")], "no room"
    )
    (here / "small").write_bytes(b"1")
    (there / "from there").write_bytes(b"2")
    pair.until(lambda: (there / "small").exists() and (here / "from there").exists(), "the rest")
    assert not (there / "big").exists()
    assert pair.here.explain(here / "big")["state"] == "no room"
    pair.cloud.admin("user", "quota", EMAIL, "1GB")
    pair.here.folders("refresh_volumes")
    assert pair.settle(box) == {
        b"big": sha1(data), b"small": sha1(b"1"), b"from there": sha1(b"2")
    }  # fmt: skip


def test_over_quota_ends_when_the_file_is_deleted(pair, box):
    """Room is made by giving up what does not fit."""
    here = pair.here.folder / box
    pair.cloud.admin("user", "quota", EMAIL, "1MB")
    (here / "big").write_bytes(os.urandom(2 * MB))
    pair.until(lambda: pair.here.own("troubles"), "no room")
    (here / "big").unlink()
    assert pair.settle(box) == {}
    pair.cloud.admin("user", "quota", EMAIL, "1GB")


def test_restarted_cloud_is_found_again(pair, box):
    """Killed and started again while files go up and down."""
    here, there = (one.folder / box for one in pair.both)
    files = {f"{number}": os.urandom(300_000) for number in range(20)}
    for number, (name, data) in enumerate(files.items()):
        ((here, there)[number % 2] / name).write_bytes(data)
    pair.until(lambda: pair.here.transfers("current_uploads"), "an upload")
    pair.cloud.process.end()
    pair.cloud.serve()
    for one in pair.both:
        one.connect()
    assert pair.settle(box) == {name.encode(): sha1(data) for name, data in files.items()}


def test_cloud_restored_from_a_backup_loses_nothing(pair, box):
    """The cloud went back in time: nothing is deleted, all edits since are kept."""
    here, there = (one.folder / box for one in pair.both)
    (here / "same").write_bytes(b"1")
    (here / "edited").write_bytes(b"1")
    (here / "deleted later").write_bytes(b"1")
    (here / "moved").write_bytes(b"1")
    pair.settle(box)
    backup = str(pair.here.home / "backup")
    pair.cloud.admin("backup", backup, "--with-key")
    (here / "edited").write_bytes(b"2")
    (there / "new").write_bytes(b"3")
    (there / "moved").rename(there / "moved on")
    pair.settle(box)
    pair.cloud.die()
    shutil.rmtree(pair.cloud.data)
    pair.cloud.admin("restore", backup)
    pair.cloud.serve()
    for one in pair.both:
        one.connect()
    found = pair.settle(box)
    assert {sha1(b"1"), sha1(b"2"), sha1(b"3")} <= {*found.values()}
    assert {b"same", b"new", b"moved on", b"deleted later"} <= {*found}
    assert pair.here.own("held") == []


def test_revoked_token_stops_and_a_new_log_in_goes_on(pair, box):
    """Password changed and tokens revoked: nothing is touched until the next log-in."""
    here, there = (one.folder / box for one in pair.both)
    (here / "a").write_bytes(b"1")
    pair.settle(box)
    pair.cloud.admin("token", "revoke", EMAIL, "--all")
    pair.until(
        lambda: all(one.status["is_online"] != "True" for one in pair.both), "both are sent away"
    )
    (here / "a").write_bytes(b"2")
    (there / "b").write_bytes(b"3")
    for one in pair.both:
        one.log_out()
    for one in pair.both:
        one.log_in()
        one.quit()  # the only way out of an error state (D-Bus contract, 4.1)
        one.start()
    assert pair.settle(box) == {b"a": sha1(b"2"), b"b": sha1(b"3")}
