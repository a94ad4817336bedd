"""Small files read and written in one go: whole or not at all, and never over what changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from u1tray.u1file import local, placing
from u1tray.u1file.placing import Before, Temporaries
from u1tray.vocabulary.errors import ConflictError, NotFoundError, U1Error

pytestmark = pytest.mark.core


def test_small_file_is_read_whole(tmp_path: Path):
    """Also an empty one; what is larger than it was listed goes the other way."""
    for data in (b"", b"x", b"x" * 70_000):
        (tmp_path / "f").write_bytes(data)
        assert local.small_content(str(tmp_path / "f"), len(data)) == data
    assert local.small_content(str(tmp_path / "f"), 69_999) is None


def test_what_is_no_file_is_left_to_others(tmp_path: Path):
    """A pipe is not waited for; what is gone is said."""
    os.mkfifo(tmp_path / "pipe")
    assert local.small_content(str(tmp_path / "pipe"), 10) is None
    assert local.small_content(str(tmp_path), 10) is None
    with pytest.raises(NotFoundError):
        local.small_content(str(tmp_path / "none"), 10)


def put(place: Path, data: bytes, before: Before | None, *, force: bool = False) -> None:
    assert before is not None
    kept = Temporaries()
    try:
        placing.place(str(place), data, 1_000_000_000.5, before, force=force, temporaries=kept)
    finally:
        assert kept._places == set()
        assert not list(place.parent.glob(".u1file-*"))


def test_small_content_takes_its_place_whole(tmp_path: Path):
    """With the mode of a new file or of the one before, and the time that is given."""
    place = tmp_path / "f"
    put(place, b"one", placing.look(str(place)))
    assert (place.read_bytes(), place.stat().st_mtime) == (b"one", 1_000_000_000.5)
    assert place.stat().st_mode & 0o777 == placing.new_mode()
    place.chmod(0o640)
    put(place, b"", placing.look(str(place)))
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (b"", 0o640)


def test_what_came_meanwhile_is_not_replaced(tmp_path: Path):
    """Unless that is wanted."""
    place = tmp_path / "f"
    nothing = placing.look(str(place))
    place.write_text("new")
    seen = placing.look(str(place))
    place.write_text("newer")
    for before in (nothing, seen):
        with pytest.raises(ConflictError):
            put(place, b"x", before)
        assert place.read_text() == "newer"
    put(place, b"x", nothing, force=True)
    assert place.read_text() == "x"


def test_links_and_folders_are_left_to_others(tmp_path: Path):
    """They need more than one look."""
    (tmp_path / "link").symlink_to("nowhere")
    assert placing.look(str(tmp_path / "link")) is None
    assert placing.look(str(tmp_path)) is None
    (tmp_path / "f").touch()
    assert placing.look(str(tmp_path / "f/below")) is None


def test_folder_that_is_gone_leaves_nothing(tmp_path: Path):
    """The disk's error is ours."""
    with pytest.raises(NotFoundError):
        put(tmp_path / "none/f", b"x", Before())


def test_place_where_nothing_can_be_made_or_removed_is_said(tmp_path: Path):
    """As on a disk for reading only: what tidies up after the error does not take its place."""
    (tmp_path / "f").touch()
    with pytest.raises(U1Error):
        put(tmp_path / "f/below", b"x", Before())
