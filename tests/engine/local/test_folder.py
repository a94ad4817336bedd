"""What only a real disk has: links, special files, odd names, rights, trash directories."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat as modes

import pytest

from tests.simulate.disk import content_of
from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import disk_error
from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.ignore import OWN_TRASH, temporary_name
from u1tray.engine.local.partials import KEPT_SECONDS, Partials
from u1tray.engine.local.trash import KEPT_SECONDS as TRASH_SECONDS
from u1tray.engine.local.trash import Trash
from u1tray.engine.local.trashes import Places
from u1tray.engine.ports import Changed, DiskError, Oddity

pytestmark = pytest.mark.core


async def listed(folder, *names: str):
    """The listing of one directory."""
    (found,) = await folder.list([names])
    return found


async def whole(folder, data: bytes):
    """A download with all its bytes."""
    partial = await folder.partial("key", content_of(data))
    await partial.write(data)
    await partial.content()
    return partial


async def test_links_and_special_files_are_left_alone(folder, root, home) -> None:
    """Never followed, whatever they point at."""
    (home / "outside").mkdir()
    (home / "outside" / "secret").write_bytes(b"secret")
    (root / "link").symlink_to(home / "outside")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(root / "socket"))
    listing = await listed(folder)
    assert listing.stats == {}
    assert listing.oddities == {
        "link": Oddity.SYMLINK,
        "pipe": Oddity.SPECIAL,
        "socket": Oddity.SPECIAL,
    }
    assert await listed(folder, "link") is None
    assert await folder.stat(("link", "secret")) is None
    assert await folder.stat(("link",)) is None
    with pytest.raises(Changed):
        await folder.make_directory(("link", "d"))
    with pytest.raises(Changed):
        await folder.install(await whole(folder, b"x"), ("link", "f"), None, None)
    assert os.listdir(home / "outside") == ["secret"]


async def test_directory_that_became_a_link_is_not_entered(folder, root, home) -> None:
    """Between seeing it and acting on it."""
    (home / "outside").mkdir()
    (root / "d").mkdir()
    (root / "f").write_bytes(b"f")
    stat = await folder.stat(("f",))
    (root / "d").rmdir()
    (root / "d").symlink_to(home / "outside")
    with pytest.raises(Changed):
        await folder.move(("f",), stat, ("d", "f"))
    assert os.listdir(home / "outside") == []


async def test_file_that_became_a_pipe_does_not_block(folder, root) -> None:
    """Opening a pipe waits for a writer otherwise."""
    (root / "f").write_bytes(b"f")
    stat = await folder.stat(("f",))
    (root / "f").unlink()
    os.mkfifo(root / "f")
    with pytest.raises(Changed):
        await asyncio.wait_for(folder.content(("f",), stat), 15)


async def test_install_over_a_link_raises(folder, root, home) -> None:
    """The link stays, and so does what it points at."""
    (home / "target").write_bytes(b"target")
    (root / "f").symlink_to(home / "target")
    with pytest.raises(Changed):
        await folder.install(await whole(folder, b"x"), ("f",), None, None)
    assert (root / "f").is_symlink()
    assert (home / "target").read_bytes() == b"target"


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\xfe", "ü".encode(), b"a\nb", b"-rf *"])
async def test_any_name_of_the_disk_works(folder, root, name) -> None:
    """Bytes that are no UTF-8 come as lone surrogates, and go back as they were."""
    path = os.path.join(os.fsencode(root), name)
    with open(path, "wb") as file:
        file.write(b"data")
    (seen,) = (await listed(folder)).stats
    assert seen.encode("utf-8", "surrogateescape") == name
    stat = await folder.stat((seen,))
    assert await folder.content((seen,), stat) == content_of(b"data")
    where = await folder.trash((seen,), {(seen,): stat})
    assert not os.path.exists(path)
    assert os.path.exists(os.fsencode(where) if isinstance(where, str) else where)


async def test_normal_forms_and_cases_stay_apart(folder, root) -> None:
    """NFC and NFD of one name, and its cases, are different files."""
    for name in ("é", "e\u0301", "Readme", "README"):
        await folder.install(await whole(folder, name.encode()), (name,), None, None)
    assert sorted((await listed(folder)).stats) == sorted(("é", "e\u0301", "Readme", "README"))


async def test_path_longer_than_the_kernel_takes_works(folder) -> None:
    """Every directory is reached from the one above it (PATH_MAX is 4096 bytes)."""
    names: tuple[str, ...] = ()
    for _ in range(25):
        names = (*names, "d" * 200)
        await folder.make_directory(names)
    await folder.install(await whole(folder, b"deep"), (*names, "f"), None, None)
    listing = await listed(folder, *names)
    assert await folder.content((*names, "f"), listing.stats["f"]) == content_of(b"deep")
    assert names in folder.watcher._names.values()


async def test_name_too_long_is_a_disk_error(folder) -> None:
    """With a sentence, not a number."""
    with pytest.raises(DiskError, match="too long"):
        await folder.make_directory(("x" * 256,))


@pytest.mark.parametrize(
    ("number", "is_full", "sentence"),
    [
        (errno.ENOSPC, True, "full"),
        (errno.EDQUOT, True, "share"),
        (errno.EROFS, False, "read-only"),
        (errno.EACCES, False, "right"),
        (errno.EIO, False, "broken"),
        (errno.ENOTEMPTY, False, "not empty"),
    ],
)
def test_errors_of_the_disk_are_sentences(number, is_full, sentence) -> None:
    """With the path, and whether room would help."""
    error = disk_error(OSError(number, os.strerror(number)), ("d", "f\udce9"))
    assert (error.is_full, error.names) == (is_full, ("d", "f\udce9"))
    assert error.text.startswith("d/f")
    assert sentence in error.text.lower()
    error.text.encode()


async def test_another_directory_in_the_place_of_the_root_is_not_the_folder(folder, root) -> None:
    """An unmounted disk leaves an empty directory: nothing in it is deleted for that."""
    assert await folder.stat(()) is not None
    root.rename(root.with_name("moved"))
    assert await folder.stat(()) is None
    root.mkdir()
    assert await folder.stat(()) is None
    assert await listed(folder) is None
    root.rmdir()
    root.with_name("moved").rename(root)
    assert await folder.stat(()) is not None


async def test_installed_file_has_the_mode_and_time_asked_for(folder, root) -> None:
    """New: by the umask; else that of the file it replaces."""
    mask = os.umask(0)
    os.umask(mask)
    stat = await folder.install(await whole(folder, b"x"), ("f",), None, 1_600_000_000.25)
    found = (root / "f").stat()
    assert modes.S_IMODE(found.st_mode) == 0o666 & ~mask
    assert found.st_mtime_ns == 1_600_000_000_250_000_000
    (root / "f").chmod(0o750)
    stat = await folder.stat(("f",))
    await folder.install(await whole(folder, b"y"), ("f",), stat, None)
    assert modes.S_IMODE((root / "f").stat().st_mode) == 0o750
    assert (root / "f").stat().st_nlink == 1


async def test_hard_links_are_files_of_their_own(folder, root) -> None:
    """Replacing one leaves the other as it is."""
    (root / "a").write_bytes(b"one")
    os.link(root / "a", root / "b")
    listing = await listed(folder)
    assert listing.stats["a"] == listing.stats["b"]
    await folder.install(await whole(folder, b"two"), ("a",), listing.stats["a"], None)
    assert (root / "b").read_bytes() == b"one"


async def test_deleted_file_can_be_restored_from_the_trash(folder, root, home) -> None:
    """The XDG specification: its path, percent-encoded, and when."""
    (root / "a b%é").write_bytes(b"x")
    names = ("a b%é",)
    where = await folder.trash(names, {names: await folder.stat(names)})
    assert where == str(home / "share" / "Trash" / "files" / "a b%é")
    info = (home / "share" / "Trash" / "info" / "a b%é.trashinfo").read_text()
    lines = info.splitlines()
    assert lines[0] == "[Trash Info]"
    assert lines[1] == f"Path={str(root).replace(' ', '%20')}/a%20b%25%C3%A9"
    assert lines[2].startswith("DeletionDate=20")


async def test_names_in_the_trash_do_not_collide(folder, root) -> None:
    """Long ones neither."""
    found = set()
    for _ in range(3):
        (root / ("x" * 255)).write_bytes(b"x")
        names = ("x" * 255,)
        found.add(await folder.trash(names, {names: await folder.stat(names)}))
    assert len(found) == 3
    assert all(os.path.isfile(where) for where in found)


async def test_without_a_persons_trash_ours_is_used(root, partials, workers, home) -> None:
    """`use_trash` off (D-Bus contract, 10.6): deleted all the same, but kept for a while."""
    places = Places(home / "data" / "trash", home / "share", use_trash=False)
    folder = DiskFolder(root, partials, workers, places)
    (root / "f").write_bytes(b"x")
    where = await folder.trash(("f",), {("f",): await folder.stat(("f",))})
    folder.close()
    assert where.startswith(str(home / "data" / "trash"))
    assert not (home / "share").exists()


async def test_trash_that_cannot_be_made_gives_way_to_a_hidden_one(
    root, partials, workers, home
) -> None:
    """In the folder itself, on its own disk; it is never synced."""
    (home / "data").write_bytes(b"no directory")
    places = Places(home / "data" / "trash", home / "share", use_trash=False)
    folder = DiskFolder(root, partials, workers, places)
    (root / "f").write_bytes(b"x")
    where = await folder.trash(("f",), {("f",): await folder.stat(("f",))})
    listing = await listed(folder)
    folder.close()
    assert where.startswith(str(root / OWN_TRASH))
    assert (listing.stats, listing.ignored) == ({}, {})


def test_old_things_leave_our_trash(home) -> None:
    """And nothing else."""
    trash = Trash(home / "trash", is_ours=True)
    for name in ("old", "new"):
        with trash.reserved(name, home / name) as (files, entry):
            os.mkdir(entry, dir_fd=files)
            (home / "trash" / "files" / entry / "f").write_bytes(b"x")
    info = home / "trash" / "info" / "old.trashinfo"
    before = info.stat().st_mtime - TRASH_SECONDS - 60
    os.utime(info, (before, before))
    trash.prune()
    assert os.listdir(home / "trash" / "files") == ["new"]
    assert os.listdir(home / "trash" / "info") == ["new.trashinfo"]


async def test_partial_files_are_private_and_old_ones_removed(partials: Partials) -> None:
    """Nobody else reads a download; what was given up does not stay for ever."""
    partial = await partials.begin("key", content_of(b"data"))
    await partial.write(b"data")
    await partial.content()
    path = partials.path / partial.name
    assert modes.S_IMODE(path.stat().st_mode) == 0o600
    assert modes.S_IMODE(partials.path.stat().st_mode) == 0o700
    assert partials.clean() == []
    assert path.exists()
    before = path.stat().st_mtime - KEPT_SECONDS - 60
    os.utime(path, (before, before))
    partials.clean()
    assert not path.exists()


async def test_small_download_is_on_disk_once_it_is_installed(home, workers, root, places) -> None:
    """Whole or not at all; a second attempt begins anew."""
    partials = Partials(home / "small", workers)
    folder = DiskFolder(root, partials, workers, places)
    for data in (b"", b"data"):
        partial = await partials.begin("key", content_of(data))
        await partial.write(data)
        assert await partial.content() == content_of(data)
        assert not list(home.glob("small/*"))
        (root / "taken").touch()
        with pytest.raises(Changed):
            await folder.install(partial, ("taken",), None, None)
        assert (await partials.begin("key", content_of(data))).size == 0
        again = await partials.begin("key", content_of(data))
        await again.write(data)
        stat = await folder.install(again, (f"f{len(data)}",), None, None)
        assert stat.size == len(data)
        assert (root / f"f{len(data)}").read_bytes() == data
        assert not list(home.glob("small/*"))
    folder.close()


async def test_copies_that_a_crash_left_are_removed(folder, root) -> None:
    """A copy whose name tells its inode goes; another file there is somebody's, and is kept."""
    (root / "copy").write_bytes(b"copy")
    copy = root / temporary_name((root / "copy").stat().st_ino)
    (root / "copy").rename(copy)
    (root / "mine").write_bytes(b"mine")
    mine = root / temporary_name(1)
    (root / "mine").rename(mine)
    await listed(folder)
    assert os.listdir(root) == []
    (own, _) = folder._trashes.ours
    assert (own.path / "files" / mine.name).read_bytes() == b"mine"


async def test_cancelled_hashing_ends(folder, root) -> None:
    """A large file is not read to its end for nobody."""
    with open(root / "large", "wb") as file:
        file.truncate(1 << 34)
    stat = await folder.stat(("large",))
    task = asyncio.ensure_future(folder.content(("large",), stat))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_listed_directory_has_no_times(folder, root) -> None:
    """What is in it shows by itself."""
    (root / "d").mkdir()
    before = (await listed(folder)).stats["d"]
    (root / "d" / "f").write_bytes(b"x")
    assert (await listed(folder)).stats["d"] == before
    assert before.kind is Kind.DIRECTORY


async def test_tidying_keeps_what_changed_places_with_a_download(folder, partials, home) -> None:
    """A crash came between the exchange and the look at what came out of it."""
    partials.path.mkdir(parents=True)
    (partials.path / "1.installing").write_bytes(b"mine")
    await folder.tidy()
    (own, _) = folder._trashes.ours
    assert (own.path / "files" / "1.installing").read_bytes() == b"mine"
    assert os.listdir(partials.path) == []


async def test_replaced_files_leave_our_trash_at_times(folder, root) -> None:
    """Those of a month ago, whenever something is replaced."""
    (own, _) = folder._trashes.ours
    info = own.path / "info" / "f.trashinfo"
    for data in (b"one", b"two"):
        if info.exists():
            os.utime(info, (1_000_000_000, 1_000_000_000))
            folder._trashes._next_prune = 0.0
        (root / "f").write_bytes(data)
        stat = await folder.stat(("f",))
        await folder.install(await whole(folder, b"new"), ("f",), stat, None)
    assert os.listdir(own.path / "files") == ["f.2"]
