"""What is known again after a look at the folder: inodes are given again, and times set back."""

from __future__ import annotations

import random

import pytest

from tests.simulate.disk import Disk, SimulatedFolder, content_of
from u1tray.engine.core.values import Side
from u1tray.engine.ports import DiskError
from u1tray.engine.runner.oddities import Oddities
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


class Closing(SimulatedFolder):
    """With directories that nobody may look into."""

    def __init__(self, disk, chance) -> None:
        super().__init__(disk, chance)
        self._closed: set = set()

    def close(self, names) -> None:
        self._closed.add(names)

    async def stat(self, names):
        if names[:-1] in self._closed:
            raise DiskError("you have no right to do that here", names)
        return await super().stat(names)

    async def list(self, directories):
        found = await super().list(directories)
        return [
            DiskError("you have no right to do that here", names) if names in self._closed else one
            for names, one in zip(directories, found, strict=True)
        ]


class Looked:
    """A disk that gives the inode of what was deleted last to what is new, and what is known."""

    def __init__(self) -> None:
        chance = random.Random(0)
        self.disk = Disk(lambda: 1_000_000_000, chance, reused=1.0)
        self.folder = Closing(self.disk, chance)
        self.oddities = Oddities()
        self.store = TreeStore.open(":memory:")
        with self.store.changing():
            self.store.plant("root")

    async def look(self) -> dict[str, int]:
        """Look at everything, and read the files; the ids of all by their paths."""
        scan = Scan(self.store, self.folder, oddities=self.oddities)
        await scan.look([((), True)])
        scan.finish()
        return {"/".join(names): self.node(names).id for names in self.disk.walk()}

    def read(self) -> None:
        """Know the contents of all files."""
        with self.store.changing():
            for names in self.disk.walk():
                node = self.node(names)
                if not node.is_directory:
                    content = content_of(self.disk.find(names).data)
                    self.store.fill(Side.LOCAL, node.id, content)

    def node(self, names):
        """What is known at a path."""
        return self.store.find(Side.LOCAL, names)

    def make(self, *paths: str) -> None:
        """Make directories."""
        for path in paths:
            self.disk.make_directory(tuple(path.split("/")))


@pytest.fixture
def looked():
    """Nothing in it yet."""
    made = Looked()
    yield made
    made.store.close()


async def test_unreadable_directory_that_is_gone_is_no_trouble_any_more(looked) -> None:
    """Nobody looks at it again, for it is not there."""
    looked.make("shut", "shut/inner")
    await looked.look()
    looked.folder.close(("shut", "inner"))
    await looked.look()
    assert [names for names, _ in looked.oddities.unreadable()] == [("shut", "inner")]
    looked.disk.delete(("shut", "inner"))
    await looked.look()
    assert list(looked.oddities.unreadable()) == []


@pytest.mark.parametrize("content", ["nothing", "a file", "a directory"])
async def test_new_directory_with_the_inode_of_an_empty_one_is_new(looked, content) -> None:
    """Deleted and made while nobody looked: another device's changes to the one are not its."""
    looked.make("old")
    before = await looked.look()
    inode = looked.disk.find(("old",)).number
    looked.disk.delete(("old",))
    looked.make("new")
    assert looked.disk.find(("new",)).number == inode
    if content == "a file":
        looked.disk.write(("new", "f"), b"x")
    elif content == "a directory":
        looked.make("new/d")
    after = await looked.look()
    assert after["new"] != before["old"]


async def test_new_tree_with_the_inodes_of_a_tree_of_directories_is_new(looked) -> None:
    """Where inodes alone would tell of a rename, level after level."""
    looked.make("old", "old/d")
    before = await looked.look()
    inodes = [looked.disk.find(names).number for names in (("old",), ("old", "d"))]
    looked.disk.delete(("old", "d"))
    looked.disk.delete(("old",))
    looked.make("new", "new/d")
    assert [looked.disk.find(names).number for names in (("new",), ("new", "d"))] == inodes
    after = await looked.look()
    assert not set(before.values()) & set(after.values())


async def test_renamed_directories_are_known_again(looked) -> None:
    """Empty ones, those of directories alone, and those with files: with all below them."""
    looked.make("empty", "tree", "tree/d", "tree/d/e", "full", "full/d")
    looked.disk.write(("full", "d", "f"), b"x")
    before = await looked.look()
    for name in ("empty", "tree", "full"):
        looked.disk.move((name,), (f"{name}2",))
    after = await looked.look()
    assert {path.replace("2", ""): number for path, number in after.items()} == before


async def test_renamed_directory_that_was_emptied_is_new(looked) -> None:
    """There is nothing left to know it by, and nothing to be lost."""
    looked.make("full")
    looked.disk.write(("full", "f"), b"x")
    before = await looked.look()
    looked.disk.delete(("full", "f"))
    looked.disk.move(("full",), ("other",))
    assert (await looked.look())["other"] != before["full"]


async def test_file_whose_time_is_set_back_is_read_again(looked) -> None:
    """`rsync --inplace -t`, disk images: as many bytes, and the old time."""
    looked.disk.write(("f",), b"old")
    before = await looked.look()
    looked.read()
    looked.disk.overwrite(("f",), b"new")
    assert await looked.look() == before
    assert looked.node(("f",)).content is None


async def test_new_file_that_looks_like_a_deleted_one_is_read(looked) -> None:
    """Its inode, as many bytes, and a time of whole seconds out of an archive."""
    looked.disk.write(("old",), b"old")
    await looked.look()
    looked.read()
    seen = looked.disk.find(("old",))
    looked.disk.delete(("old",))
    looked.disk.write(("new",), b"new")
    made = looked.disk.find(("new",))
    made.mtime_ns = seen.mtime_ns
    assert made.stat._replace(ctime_ns=0) == seen.stat._replace(ctime_ns=0)
    await looked.look()
    assert looked.node(("new",)).content is None


async def test_what_was_moved_out_of_an_unreadable_directory_hinders_nothing(looked) -> None:
    """Nobody can tell that it is not there any more: it is new here, and still known there."""
    looked.make("closed")
    looked.disk.write(("closed", "f"), b"x")
    before = await looked.look()
    looked.disk.move(("closed", "f"), ("f",))
    looked.folder.close(("closed",))
    await looked.look()
    assert looked.node(("f",)).id != before["closed/f"]
    assert looked.node(("closed", "f")).id == before["closed/f"]


async def test_moved_file_stays_the_same_and_is_read_again(looked) -> None:
    """So that a rename is one, and only that."""
    looked.disk.write(("a",), b"x")
    before = await looked.look()
    looked.read()
    looked.disk.move(("a",), ("b",))
    assert (await looked.look())["b"] == before["a"]
