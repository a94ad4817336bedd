"""What the engine put into a trash is found there and comes back, whoever's trash it is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from u1tray.engine.core.values import Content
from u1tray.engine.local.access import Root, look_at
from u1tray.engine.local.retrieval import Retrieval
from u1tray.engine.local.trash import Trash
from u1tray.engine.ports import Changed

pytestmark = pytest.mark.core


async def installed(folder, names, data, replaces):
    """Put bytes in place as a download."""
    content = Content(hashlib.sha1(data).digest(), len(data))
    partial = await folder.partial("key" + "".join(names), content)
    await partial.write(data)
    assert await partial.content() == content
    return await folder.install(partial, names, replaces, None)


async def test_deleted_file_comes_back_from_the_persons_trash(folder, root, places):
    """The same bytes, inode and time; its note in the trash goes."""
    (root / "caf\udce9 ü.txt").write_text("mine")
    names = ("caf\udce9 ü.txt",)
    stat = await folder.stat(names)
    await folder.trash(names, {names: stat})
    assert not (root / names[0]).exists()
    infos = places.data_home / "Trash/info"
    assert len(list(infos.iterdir())) == 1
    (place,) = await folder.find_in_trash([(names, stat._replace(ctime_ns=0))])
    back = await folder.bring_back(place, stat._replace(ctime_ns=0), names)
    assert (root / names[0]).read_text() == "mine"
    assert (back.inode, back.mtime_ns) == (stat.inode, stat.mtime_ns)
    assert list(infos.iterdir()) == []


async def test_deleted_directory_comes_back_whole(folder, root):
    """Known by its inode, with all that is in it."""
    (root / "d/e").mkdir(parents=True)
    (root / "d/e/a").write_text("a")
    stats = {names: await folder.stat(names) for names in (("d",), ("d", "e"), ("d", "e", "a"))}
    await folder.trash(("d",), stats)
    (place,) = await folder.find_in_trash([(("d",), stats[("d",)])])
    await folder.bring_back(place, stats[("d",)], ("d",))
    assert (root / "d/e/a").read_text() == "a"


async def test_replaced_version_comes_back_from_our_trash(folder, root):
    """Each of several versions of one path is told from the others."""
    (root / "a").write_text("first")
    first = await folder.stat(("a",))
    second = await installed(folder, ("a",), b"second", first)
    await installed(folder, ("a",), b"third", second)
    wanted = [(("a",), one._replace(ctime_ns=0)) for one in (first, second)]
    places = await folder.find_in_trash(wanted)
    assert len(set(places)) == 2
    os.rename(root / "a", root / "b")
    await folder.bring_back(places[0], wanted[0][1], ("a",))
    assert (root / "a").read_text() == "first"
    assert (root / "b").read_text() == "third"


@pytest.mark.parametrize("has_top", [False, True])
def test_thing_from_a_folder_behind_a_link_comes_back(home, has_top):
    """`~/Ubuntu One` may lead to another disk, whose trash knows paths below its top."""
    disk = Path(os.path.realpath(home)) / "disk"
    (disk / "real/d").mkdir(parents=True)
    (disk / "real/d/a").write_text("mine")
    (home / "link").symlink_to(disk / "real")
    root = Root(home / "link")
    stat = look_at_path(root, ("d", "a"))._replace(ctime_ns=0)
    trash = Trash(disk / ".Trash-7", disk) if has_top else Trash(home / "Trash")
    with (
        root.directory(("d",)) as directory,
        trash.reserved("a", root.path / "d" / "a") as (files, entry),
    ):
        os.rename("a", entry, src_dir_fd=directory, dst_dir_fd=files)
    shown = "real/d/a" if has_top else f"{quote(str(disk))}/real/d/a"
    assert f"\nPath={shown}\n" in (trash.path / "info/a.trashinfo").read_text()
    retrieval = Retrieval(root, [trash])
    (place,) = retrieval.find([(("d", "a"), stat)])
    retrieval.bring_back(place, stat, ("d", "a"))
    assert (disk / "real/d/a").read_text() == "mine"


def test_path_outside_of_the_top_of_a_trash_is_absolute_in_it(home):
    """The specification has both; the thing is found all the same."""
    root = Root(home)
    (home / "a").write_text("mine")
    stat = look_at_path(root, ("a",))._replace(ctime_ns=0)
    trash = Trash(home / "Trash", home / "elsewhere")
    with trash.reserved("a", home / "a") as (files, entry):
        os.rename(home / "a", entry, dst_dir_fd=files)
    assert Retrieval(root, [trash]).find([(("a",), stat)]) == [trash.where("a")]


def look_at_path(root, names):
    with root.directory(names[:-1]) as directory:
        return look_at(directory, names[-1])


async def test_nothing_is_overwritten_and_nothing_else_taken(folder, root, places):
    """Something at the place, an emptied trash, or another thing in it."""
    (root / "a").write_text("mine")
    stat = (await folder.stat(("a",)))._replace(ctime_ns=0)
    await folder.trash(("a",), {("a",): await folder.stat(("a",))})
    (place,) = await folder.find_in_trash([(("a",), stat)])
    (root / "a").write_text("new")
    with pytest.raises(Changed):
        await folder.bring_back(place, stat, ("a",))
    assert (root / "a").read_text() == "new"
    (root / "a").unlink()
    other = places.data_home / "Trash/files/a"
    other.rename(root.parent / "kept")
    other.write_text("of somebody")
    assert await folder.find_in_trash([(("a",), stat)]) == [None]
    with pytest.raises(Changed):
        await folder.bring_back(place, stat, ("a",))
    other.unlink()
    assert await folder.find_in_trash([(("a",), stat), (("b",), stat)]) == [None, None]
    with pytest.raises(Changed):
        await folder.bring_back(place, stat, ("a",))
    assert not (root / "a").exists()
