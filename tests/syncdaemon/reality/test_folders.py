"""Folders beside the root: made, subscribed to, left and deleted, while both sides work."""

from __future__ import annotations

import pytest

from tests.syncdaemon.reality.rig import picture_of, sha1

pytestmark = pytest.mark.bus


@pytest.fixture
def docs(pair):
    """A folder that both computers sync."""
    here, there = (one.home / "Docs" for one in pair.both)
    here.mkdir(exist_ok=True)
    pair.here.folders("create", "s", str(here))
    volume = pair.until(lambda: _volumes(pair.there, "Docs"), "the folder is known there")[0]
    pair.there.folders("subscribe", "s", volume["volume_id"])
    pair.until(there.exists, "the folder there")
    yield here, there
    pair.here.folders("delete", "s", volume["volume_id"])
    pair.until(lambda: not _volumes(pair.here, "Docs"), "deleted here")
    pair.until(lambda: not _volumes(pair.there, "Docs"), "deleted there")


def _volumes(computer, name):
    return [one for one in computer.folders("get_folders") if one["path"].endswith(name)]


def _same(pair, here, there, expected):
    def is_so():
        seen = picture_of(bytes(here)), picture_of(bytes(there)), pair.in_cloud("/~/Docs")
        return all(one == expected for one in seen)

    pair.until(is_so, f"{expected} everywhere")


def test_folder_syncs_what_was_in_it_and_what_comes(pair, docs):
    """UDF created here, subscribed to there."""
    here, there = docs
    (here / "a").write_bytes(b"1")
    (there / "b").mkdir()
    (there / "b/c").write_bytes(b"2")
    _same(pair, here, there, {b"a": sha1(b"1"), b"b": None, b"b/c": sha1(b"2")})


def test_left_folder_keeps_its_files_and_joins_them_again(pair, docs):
    """Unsubscribed, both sides edit, subscribed again: no deletion, conflicts kept."""
    here, there = docs
    for path in [*there.iterdir()]:
        assert path.is_dir() or path.stat().st_size
    (here / "keep").write_bytes(b"1")
    (here / "both").write_bytes(b"1")
    pair.until(lambda: (there / "both").exists() and (there / "keep").exists(), "the files")
    volume = _volumes(pair.there, "Docs")[0]["volume_id"]
    pair.there.folders("unsubscribe", "s", volume)
    pair.until(lambda: not _volumes(pair.there, "Docs")[0]["subscribed"], "unsubscribed")
    (there / "keep").unlink()
    (there / "both").write_bytes(b"there")
    (here / "both").write_bytes(b"here")
    pair.until(lambda: sha1(b"here") in pair.in_cloud("/~/Docs").values(), "the edit here")
    assert (there / "both").read_bytes() == b"there"
    pair.there.folders("subscribe", "s", volume)
    wanted = {sha1(b"1"), sha1(b"here"), sha1(b"there")}

    def is_so():
        seen = [picture_of(bytes(here)), picture_of(bytes(there)), pair.in_cloud("/~/Docs")]
        return seen[0] == seen[1] == seen[2] and wanted <= {*seen[0].values()}

    pair.until(is_so, "both versions everywhere")


def test_folder_deleted_on_the_other_side_keeps_the_files(pair):
    """UDF deleted elsewhere: the directories stay with all in them."""
    here, there = (one.home / "Pictures" for one in pair.both)
    here.mkdir()
    (here / "a").write_bytes(b"1")
    pair.here.folders("create", "s", str(here))
    volume = pair.until(lambda: _volumes(pair.there, "Pictures"), "known there")[0]
    pair.there.folders("subscribe", "s", volume["volume_id"])
    pair.until(lambda: (there / "a").read_bytes() == b"1", "the file there")
    pair.there.folders("delete", "s", volume["volume_id"])
    pair.until(lambda: not _volumes(pair.here, "Pictures"), "deleted here")
    (here / "b").write_bytes(b"2")
    (there / "c").write_bytes(b"3")
    pair.settle()
    assert picture_of(bytes(here)) == {b"a": sha1(b"1"), b"b": sha1(b"2")}
    assert picture_of(bytes(there)) == {b"a": sha1(b"1"), b"c": sha1(b"3")}
