"""Names that programs trip over: everything that a disk can hold comes across, byte for byte."""

from __future__ import annotations

import os

import pytest

from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus

NAMES = (
    "new\nline",
    "tab\tand \x01",
    "100% #1?.txt",
    "%2e%2e",
    "-rf",
    "trailing dot.",
    "trailing space ",
    " leading space",
    "\U0001f951 and \U0001f469\u200d\U0001f467",
    "\u05e9\u05dc\u05d5\u05dd \u202eeman",
    "back\\slash",
    'co:lon*"<>|',
    "...",
    "NUL",
    "~home",
    "caf\u00e9",
    "cafe\u0301",
    "case",
    "CASE",
    "stra\u00dfe",
    "STRASSE",
    "x" * 255,
    "\u00e9" * 127,
    "a (conflict kiwi 2026-11-22 08.30).txt",
)


def test_every_name_comes_across(pair, box):
    """Odd names, 255 bytes, NFC and NFD, twins in case; as files and as folders."""
    folder = pair.here.folder / box
    expected = {}
    for number, name in enumerate(NAMES):
        data = b"%d" % number
        (folder / "files").mkdir(exist_ok=True)
        (folder / "files" / name).write_bytes(data)
        (folder / name).mkdir()
        (folder / name / name).write_bytes(data)
        expected |= {f"files/{name}": sha1(data), name: None, f"{name}/{name}": sha1(data)}
    expected["files"] = None
    assert pair.settle(box) == {os.fsencode(path): seen for path, seen in expected.items()}
    for name in NAMES:
        (pair.there.folder / box / "files" / name).unlink()
    (pair.there.folder / box / "files").rmdir()
    assert len(pair.settle(box)) == 2 * len(NAMES)


def test_names_that_are_no_text_stay_here_and_stop_nothing(pair, box):
    """Bytes that are not UTF-8 are told, kept, and synced once they are renamed."""
    folder = os.fsencode(pair.here.folder / box)
    os.mkdir(folder + b"/latin\xe9")
    for path in (b"/caf\xe9", b"/latin\xe9/in", b"/good"):
        with open(folder + path, "wb") as file:
            file.write(path)
    pair.there.folder.joinpath(box, "other").write_bytes(b"/other")

    def good():
        there = pair.there.picture(os.fsencode(box))
        return there == {b"good": sha1(b"/good"), b"other": sha1(b"/other")}

    pair.until(good, "what has a name")
    told = pair.here.explain(os.fsdecode(folder) + "/caf\ufffd")
    assert told["state"] in {"stuck", "not there"}
    os.rename(folder + b"/caf\xe9", folder + "/caf\u00e9".encode())
    os.rename(folder + b"/latin\xe9", folder + b"/latin")
    assert pair.settle(box) == {
        b"good": sha1(b"/good"),
        b"other": sha1(b"/other"),
        "caf\u00e9".encode(): sha1(b"/caf\xe9"),
        b"latin": None,
        b"latin/in": sha1(b"/latin\xe9/in"),
    }


def test_paths_longer_than_the_system_takes_stop_nothing(pair, box):
    """A path of more than 4096 bytes is synced, or told and kept; the rest goes on."""
    root = os.open(pair.here.folder / box, os.O_DIRECTORY)
    directory = root
    try:
        for _ in range(20):
            os.mkdir("d" * 250, dir_fd=directory)
            below = os.open("d" * 250, os.O_DIRECTORY, dir_fd=directory)
            if directory != root:
                os.close(directory)
            directory = below
        with open(os.open("deep", os.O_CREAT | os.O_WRONLY, dir_fd=directory), "wb") as file:
            file.write(b"deep")
        pair.here.folder.joinpath(box, "good").write_bytes(b"good")
        pair.until((pair.there.folder / box / "good").exists, "the good file")
        assert os.stat("deep", dir_fd=directory).st_size == 4
        pair.here.folder.joinpath(box, "good").write_bytes(b"better")
        pair.until(
            lambda: (pair.there.folder / box / "good").read_bytes() == b"better", "the better one"
        )
    finally:
        if directory != root:
            os.close(directory)
        os.close(root)
    os.rename(pair.here.folder / box / ("d" * 250), pair.here.home / "aside")
    pair.settle(box)
