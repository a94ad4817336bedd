"""The folder itself vanishes, is replaced, or has no room: nothing is taken for a deletion."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.syncdaemon.reality.rig import sha1

pytestmark = pytest.mark.bus

FILES = {f"{number}.txt": b"%d" % number for number in range(30)}


@pytest.fixture
def filled(pair):
    """Some files everywhere; at the end the folder is a plain one again."""
    folder = pair.here.folder
    (folder / "d").mkdir(exist_ok=True)
    for name, data in FILES.items():
        (folder / "d" / name).write_bytes(data)
    pair.settle()
    return {b"d": None, **{f"d/{name}".encode(): sha1(data) for name, data in FILES.items()}}


def _removed(folder: Path) -> None:
    shutil.rmtree(folder)


def _moved_away(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def _replaced(folder: Path) -> None:
    """Another directory beside it takes its place, as the mount point does on unmounting."""
    other = folder.with_name("empty")
    other.mkdir()
    folder.rename(folder.with_name("elsewhere"))
    other.rename(folder)


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _at_once(computer, lose):
    """Before the daemon can look: on a busy machine a deletion may pause for a long time."""
    computer.suspend()
    lose(computer.folder)
    computer.resume()


LOSSES = (_removed, _moved_away, _replaced)


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__.strip("_"))
def test_folder_lost_while_stopped_comes_again(pair, filled, lose):
    """Root folder removed, moved or unmounted while stopped: the cloud keeps all."""
    pair.here.quit()
    lose(pair.here.folder)
    pair.here.start()
    assert pair.settle() == filled
    shutil.rmtree(pair.here.folder.with_name("elsewhere"), ignore_errors=True)


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__.strip("_"))
def test_folder_lost_while_running_deletes_nothing_elsewhere(pair, filled, lose):
    """The same under the daemon's hands: the other computer keeps all, a start mends."""
    _at_once(pair.here, lose)
    (pair.there.folder / "after").write_bytes(b"goes on")
    pair.until(lambda: b"after" in pair.in_cloud(), "the other computer's file")
    assert pair.there.picture() == {**filled, b"after": sha1(b"goes on")} == pair.in_cloud()
    pair.here.quit()
    pair.here.start()
    assert pair.settle() == {**filled, b"after": sha1(b"goes on")}
    (pair.there.folder / "after").unlink()
    assert pair.settle() == filled
    shutil.rmtree(pair.here.folder.with_name("elsewhere"), ignore_errors=True)


def test_folder_put_back_while_running_goes_on(pair, filled):
    """A disk that comes back: the same folder at its place again."""
    aside = pair.here.folder.with_name("aside")
    pair.here.folder.rename(aside)
    (pair.there.folder / "d/0.txt").write_bytes(b"edited")
    (aside / "d/1.txt").write_bytes(b"edited, too")
    assert pair.there.in_sync(60.0)
    aside.rename(pair.here.folder)
    filled |= {b"d/0.txt": sha1(b"edited"), b"d/1.txt": sha1(b"edited, too")}
    assert pair.settle() == filled


def test_emptied_folder_is_held_and_comes_again(pair, filled):
    """`rm -rf` of all that is in it looks like an accident: held, listed, restored."""
    _at_once(pair.here, _emptied)
    pair.until(lambda: pair.here.own("held"), "the deletion is held")
    assert pair.there.picture() == filled
    pair.here.own("restore_held")
    assert pair.settle() == filled
    _at_once(pair.here, _emptied)
    pair.until(lambda: pair.here.own("held"), "the deletion is held")
    pair.here.apply_held()
    # There, so much that goes at once may look like an accident, too.
    pair.until(lambda: pair.there.own("held") or not pair.there.picture(), "it is gone or held")
    pair.there.apply_held()
    assert pair.settle() == {}


@contextlib.contextmanager
def _small_disk(place: Path):
    """A file system of a megabyte. Whoever may not mount one gets no larger files instead."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", place],
        check=False, capture_output=True,
    ).returncode == 0  # fmt: skip
    try:
        yield () if mounted else ("prlimit", "--fsize=1000000")
    finally:
        if mounted:
            subprocess.run(["umount", "-l", place], check=True)


def test_full_disk_stops_only_what_does_not_fit(pair, filled):
    """No room on the disk: told, nothing half there, uploads go on; room brings it."""
    folder = pair.here.folder
    pair.here.quit()
    shutil.rmtree(folder)
    with _small_disk(folder) as prefix:
        pair.here.start(*prefix)
        assert pair.settle() == filled
        data = os.urandom(2_000_000)
        (pair.there.folder / "large").write_bytes(data)
        pair.until(lambda: pair.here.own("troubles"), "the trouble")
        assert not (folder / "large").exists()
        (folder / "up").write_bytes(b"1")
        (pair.there.folder / "down").write_bytes(b"2")
        pair.until(
            lambda: (folder / "down").exists() and (pair.there.folder / "up").exists(), "the rest"
        )
        (pair.there.folder / "large").write_bytes(b"small by now")
        assert pair.settle()[b"large"] == sha1(b"small by now")
        pair.here.quit()
    # Unmounted: what is below the mount point is another folder, and empty.
    pair.here.start()
    assert pair.settle()[b"large"] == sha1(b"small by now")
