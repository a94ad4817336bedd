"""What every folder does (engine.ports.Folder): the simulated one and the real one alike."""

from __future__ import annotations

import random
import time

import pytest

from tests.simulate.disk import Disk, SimulatedFolder, content_of
from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed

pytestmark = pytest.mark.core


class SimulatedWorld:
    """A simulated disk and its folder."""

    def __init__(self) -> None:
        self.disk = Disk(time.time_ns)
        self.folder = SimulatedFolder(self.disk, random.Random(1))

    def write(self, *names: str, data: bytes) -> None:
        self.disk.write(names, data)

    def make_directory(self, *names: str) -> None:
        self.disk.make_directory(names)

    def read(self, *names: str) -> bytes | None:
        node = self.disk.find(names)
        return None if node is None else node.data

    def trash(self) -> list[bytes]:
        return [node.data for node in self.disk.trash]


class RealWorld:
    """A directory and its folder."""

    def __init__(self, folder, root, home) -> None:
        self.folder = folder
        self.root = root
        self.home = home

    def write(self, *names: str, data: bytes) -> None:
        self.root.joinpath(*names).write_bytes(data)

    def make_directory(self, *names: str) -> None:
        self.root.joinpath(*names).mkdir()

    def read(self, *names: str) -> bytes | None:
        path = self.root.joinpath(*names)
        return path.read_bytes() if path.is_file() else None

    def trash(self) -> list[bytes]:
        found = []
        for place in (self.home / "data" / "trash", self.home / "share" / "Trash"):
            found += [p.read_bytes() for p in (place / "files").glob("*") if p.is_file()]
        return found


@pytest.fixture(params=["real", "simulated"])
def world(request):
    """One of both."""
    if request.param == "simulated":
        return SimulatedWorld()
    values = [request.getfixturevalue(name) for name in ("folder", "root", "home")]
    return RealWorld(*values)


async def whole(world, key: str, data: bytes):
    """A partial file with all its bytes."""
    partial = await world.folder.partial(key, content_of(data))
    await partial.write(data)
    assert await partial.content() == content_of(data)
    return partial


async def test_listing_shows_files_and_directories(world) -> None:
    """Sizes of files; a missing directory is None, and so is a file."""
    world.make_directory("d")
    world.write("f", data=b"12345")
    there, missing, file = await world.folder.list([(), ("x",), ("f",)])
    assert sorted(there.stats) == ["d", "f"]
    assert (there.stats["f"].kind, there.stats["f"].size) == (Kind.FILE, 5)
    assert there.stats["d"].kind is Kind.DIRECTORY
    assert (missing, file) == (None, None)


async def test_stat_is_that_of_the_listing(world) -> None:
    """Else nothing could ever be compared."""
    world.write("f", data=b"1")
    (listing,) = await world.folder.list([()])
    assert await world.folder.stat(("f",)) == listing.stats["f"]
    assert await world.folder.stat(("g",)) is None
    assert (await world.folder.stat(())).kind is Kind.DIRECTORY


async def test_content_is_that_of_the_stat(world) -> None:
    """A file that changed since raises Changed."""
    world.write("f", data=b"one")
    stat = await world.folder.stat(("f",))
    assert await world.folder.content(("f",), stat) == content_of(b"one")
    world.write("f", data=b"other")
    with pytest.raises(Changed):
        await world.folder.content(("f",), stat)


@pytest.mark.parametrize("start", [0, 3, 10, 20])
async def test_read_gives_the_bytes_from_an_offset(world, start) -> None:
    """As an upload that is resumed needs them."""
    world.write("f", data=b"0123456789")
    stat = await world.folder.stat(("f",))
    data = b"".join([part async for part in world.folder.read(("f",), stat, start)])
    assert data == b"0123456789"[start:]


async def test_read_of_changed_file_raises(world) -> None:
    """At the latest at its end."""
    world.write("f", data=b"0123456789")
    stat = await world.folder.stat(("f",))
    world.write("f", data=b"x")
    with pytest.raises(Changed):
        [part async for part in world.folder.read(("f",), stat, 0)]


async def test_made_directory_is_seen_and_made_once(world) -> None:
    """Whatever has the name stays."""
    stat = await world.folder.make_directory(("d",))
    assert await world.folder.stat(("d",)) == stat
    with pytest.raises(Changed):
        await world.folder.make_directory(("d",))
    with pytest.raises(Changed):
        await world.folder.make_directory(("nowhere", "d"))


async def test_new_file_is_installed(world) -> None:
    """Its stat is the one that is seen then; the partial file is used up."""
    partial = await whole(world, "k", b"data")
    stat = await world.folder.install(partial, ("f",), None, 1_700_000_000.5)
    assert world.read("f") == b"data"
    seen = await world.folder.stat(("f",))
    assert (seen.inode, seen.size, seen.mtime_ns) == (stat.inode, stat.size, stat.mtime_ns)
    assert (await world.folder.partial("k", content_of(b"data"))).size == 0


async def test_install_over_something_unexpected_raises(world) -> None:
    """And changes nothing; the download is kept."""
    partial = await whole(world, "k", b"data")
    world.write("f", data=b"mine")
    with pytest.raises(Changed):
        await world.folder.install(partial, ("f",), None, None)
    assert world.read("f") == b"mine"
    assert (await world.folder.partial("k", content_of(b"data"))).size == 4


async def test_install_over_something_changed_raises(world) -> None:
    """What was written meanwhile stays."""
    world.write("f", data=b"old")
    stat = await world.folder.stat(("f",))
    world.write("f", data=b"newer")
    partial = await whole(world, "k", b"data")
    with pytest.raises(Changed):
        await world.folder.install(partial, ("f",), stat, None)
    assert world.read("f") == b"newer"
    assert world.trash() == []


async def test_replaced_file_is_in_the_trash(world) -> None:
    """Nothing is ever lost."""
    world.write("f", data=b"old")
    stat = await world.folder.stat(("f",))
    partial = await whole(world, "k", b"data")
    await world.folder.install(partial, ("f",), stat, None)
    assert world.read("f") == b"data"
    assert world.trash() == [b"old"]


async def test_install_where_the_directory_is_gone_raises(world) -> None:
    """Changed: it is looked at again."""
    partial = await whole(world, "k", b"data")
    with pytest.raises(Changed):
        await world.folder.install(partial, ("d", "f"), None, None)


async def test_move_takes_a_free_place(world) -> None:
    """A taken one raises, and so does a stat of before."""
    world.write("f", data=b"f")
    world.write("g", data=b"g")
    stat = await world.folder.stat(("f",))
    with pytest.raises(Changed):
        await world.folder.move(("f",), stat, ("g",))
    with pytest.raises(Changed):
        await world.folder.move(("f",), await world.folder.stat(("g",)), ("h",))
    moved = await world.folder.move(("f",), stat, ("h",))
    assert moved == await world.folder.stat(("h",))
    assert (world.read("f"), world.read("g"), world.read("h")) == (None, b"g", b"f")


async def test_trashed_directory_goes_as_a_whole(world) -> None:
    """With everything below it that was seen."""
    world.make_directory("d")
    world.write("d", "f", data=b"f")
    stats = {names: await world.folder.stat(names) for names in (("d",), ("d", "f"))}
    await world.folder.trash(("d",), stats)
    assert await world.folder.stat(("d",)) is None


async def test_trash_of_what_changed_raises(world) -> None:
    """Something new in a directory, something gone from it, a file written to: all stays."""
    world.make_directory("d")
    world.write("d", "f", data=b"f")
    world.write("d", "g", data=b"g")
    paths = (("d",), ("d", "f"), ("d", "g"))
    stats = {names: await world.folder.stat(names) for names in paths}
    less = {names: stat for names, stat in stats.items() if names != ("d", "g")}
    with pytest.raises(Changed):
        await world.folder.trash(("d",), less)
    world.write("d", "g", data=b"written")
    with pytest.raises(Changed):
        await world.folder.trash(("d",), stats)
    with pytest.raises(Changed):
        await world.folder.trash(("d", "g"), {("d", "g"): stats["d", "g"]})
    assert (world.read("d", "f"), world.read("d", "g")) == (b"f", b"written")


async def test_partial_file_goes_on_where_it_was(world) -> None:
    """The bytes of another attempt count; another content begins anew."""
    content = Content(content_of(b"0123456789").sha1, 10)
    first = await world.folder.partial("k", content)
    await first.write(b"01234")
    await first.content()
    again = await world.folder.partial("k", content)
    assert again.size == 5
    await again.write(b"56789")
    assert await again.content() == content
    assert (await world.folder.partial("k", content_of(b"x"))).size == 0
    await again.discard()
    assert (await world.folder.partial("k", content)).size == 0


async def test_first_hint_is_of_the_whole_folder(world) -> None:
    """What changed while nobody looked is unknown."""
    hints = world.folder.hints()
    hint = await anext(hints)
    assert (hint.names, hint.is_deep) == ((), True)
    await hints.aclose()
