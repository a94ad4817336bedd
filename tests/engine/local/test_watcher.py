"""The kernel's news of a folder: what changes gives a hint there, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import shutil

import pytest

from u1tray.engine.core.values import Side
from u1tray.engine.local import watcher as watching
from u1tray.engine.local.watcher import Watcher
from u1tray.engine.ports import Hint
from u1tray.engine.runner.scanner import Scan
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core
TAKES_SECONDS = 30

COMES_SECONDS = 60.0


class Listener:
    """Collects the hints of a folder."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.heard: list[Hint] = []
        self._hints = folder.hints()

    async def look(self, *directories) -> None:
        """List directories, as the engine does for every hint."""
        await self.folder.list(directories)

    async def until(self, wanted) -> None:
        """Until a hint came for which `wanted` is true."""

        async def listen() -> None:
            while not any(wanted(hint) for hint in self.heard):
                self.heard.append(await anext(self._hints))

        await asyncio.wait_for(listen(), COMES_SECONDS)

    async def close(self) -> None:
        await self._hints.aclose()


@contextlib.asynccontextmanager
async def listening(folder, *directories):
    """A listener, after its first hint, with directories watched."""
    listener = Listener(folder)
    await listener.until(lambda hint: hint.is_deep)
    await listener.look((), *directories)
    listener.heard.clear()
    yield listener
    await listener.close()


async def test_written_file_is_settled(folder, root) -> None:
    """As soon as its writer closed it."""
    async with listening(folder) as listener:
        (root / "f").write_bytes(b"x")
        await listener.until(lambda hint: hint == Hint((), is_settled="f"))


async def test_file_moved_into_place_is_settled(folder, root) -> None:
    """As editors save."""
    (root / "d").mkdir()
    (root / "beside").write_bytes(b"x")
    async with listening(folder, ("d",)) as listener:
        (root / "beside").rename(root / "d" / "f")
        await listener.until(lambda hint: hint == Hint(("d",), is_settled="f"))
        await listener.until(lambda hint: hint.names == ())


@pytest.mark.parametrize("change", ["chmod", "delete", "mkdir", "rmdir", "link"])
async def test_change_gives_a_hint(folder, root, change) -> None:
    """Whatever it is."""
    (root / "f").write_bytes(b"x")
    (root / "d").mkdir()
    changes = {
        "chmod": lambda: (root / "f").chmod(0o600),
        "delete": (root / "f").unlink,
        "mkdir": (root / "e").mkdir,
        "rmdir": (root / "d").rmdir,
        "link": lambda: os.link(root / "f", root / "g"),
    }
    async with listening(folder) as listener:
        changes[change]()
        await listener.until(lambda hint: hint.names == ())


async def test_new_directory_is_looked_at_deeply(folder, root) -> None:
    """What was made in it before it was watched is found by looking."""
    async with listening(folder) as listener:
        (root / "d" / "e").mkdir(parents=True)
        await listener.until(lambda hint: hint == Hint(("d",), is_deep=True))


async def test_moved_directory_is_heard_at_its_new_place(folder, root) -> None:
    """Once it was listed there: its watch moved with it."""
    (root / "d").mkdir()
    async with listening(folder, ("d",)) as listener:
        (root / "d").rename(root / "e")
        await listener.until(lambda hint: hint == Hint(("e",), is_deep=True))
        await listener.look((), ("e",))
        (root / "e" / "f").write_bytes(b"x")
        await listener.until(lambda hint: hint == Hint(("e",), is_settled="f"))


async def test_directory_that_left_is_not_watched_any_more(folder, root, home, monkeypatch) -> None:
    """With all below it; and whatever has its place by then is looked at."""
    monkeypatch.setattr(watching, "MOVED_SECONDS", 0.05)
    (root / "d" / "e").mkdir(parents=True)
    async with listening(folder, ("d",), ("d", "e")) as listener:
        (root / "d").rename(home / "d")
        await listener.until(lambda hint: ("d", "e") not in folder.watcher._names.values())
        assert list(folder.watcher._names.values()) == [()]


async def test_directory_made_again_at_once_is_looked_at(folder, root) -> None:
    """File systems give inodes again: only the watch's end tells that it is another."""
    (root / "d").mkdir()
    async with listening(folder, ("d",)) as listener:
        (root / "d").rmdir()
        (root / "d").mkdir()
        await listener.until(lambda hint: hint == Hint(("d",), is_deep=True))


async def test_our_own_temporary_names_give_no_hint(folder, root) -> None:
    """They come and go with every download from another disk."""
    async with listening(folder) as listener:
        (root / ".u1tray-0123456789abcdef.part").write_bytes(b"x")
        (root / "f").write_bytes(b"x")
        await listener.until(lambda hint: hint.is_settled == "f")
        assert {hint.is_settled for hint in listener.heard} <= {None, "f"}


async def test_root_that_comes_back_is_looked_at(folder, root, monkeypatch) -> None:
    """A disk that was unmounted and is mounted again."""
    monkeypatch.setattr(watching, "ROOT_SECONDS", 0.05)
    async with listening(folder) as listener:
        root.rename(root.with_name("away"))
        await listener.until(lambda hint: hint == Hint((), is_deep=True))
        root.with_name("away").rename(root)
        listener.heard.clear()
        await listener.until(lambda hint: hint == Hint((), is_deep=True))
        await listener.look(())
        (root / "f").write_bytes(b"x")
        await listener.until(lambda hint: hint.is_settled == "f")


async def test_unwatched_directories_are_looked_at_at_times(monkeypatch, caplog) -> None:
    """When the kernel gives no more watches; that is said once."""
    monkeypatch.setattr(watching, "RESCAN_SECONDS", 0.05)
    watcher = Watcher()

    class Full:
        """An inotify without room (real limits cannot be lowered by a test)."""

        def __init__(self, real) -> None:
            self.fileno, self.close, self.read = real.fileno, real.close, real.read

        def add_watch(self, _path, _mask):
            raise OSError(errno.ENOSPC, "no watch")

    watcher._inotify = Full(watcher._inotify)
    hints = watcher.hints()
    await anext(hints)
    for names in (("a",), ("b",)):
        watcher.watch(names, 0)
    assert list(watcher.unwatched) == [("a",), ("b",)]
    assert caplog.text.count("max_user_watches") == 1
    found = [await asyncio.wait_for(anext(hints), COMES_SECONDS) for _ in range(4)]
    assert found == [Hint(("a",)), Hint(("b",)), Hint(("a",)), Hint(("b",))]
    watcher.forget(("a",))
    assert list(watcher.unwatched) == [("b",)]
    await hints.aclose()
    watcher.close()


async def test_nothing_wakes_an_idle_watcher(folder, root) -> None:
    """No timer is set while nothing happens."""
    (root / "d").mkdir()
    async with listening(folder, ("d",)):
        timers = folder.watcher._timers
        assert set(timers) <= {"root"}
        folder.watcher._due("root", folder.watcher._look_for_root)
        assert timers == {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("burst", [20000])
async def test_burst_of_changes_loses_none(folder, root, burst) -> None:
    """Also more than the kernel's queue holds: then everything is looked at."""
    store = TreeStore.open(":memory:")
    with store.changing():
        store.plant("root")
    for number in range(20):
        (root / str(number)).mkdir()
    news: dict = {}

    async def hear() -> None:
        async for hint in folder.hints():
            news[hint.names, hint.is_deep] = None

    task = asyncio.ensure_future(hear())

    def seen() -> int:
        query = "SELECT count(*) FROM local_nodes WHERE kind = 'file'"
        return store.connection.execute(query).fetchone()[0]

    async def settle(expected: int) -> None:
        while seen() != expected:
            todo = list(news)
            news.clear()
            scan = Scan(store, folder)
            await scan.look(todo)
            scan.finish()
            await asyncio.sleep(0.005)

    await asyncio.wait_for(settle(0), COMES_SECONDS)
    for number in range(burst):  # the loop, and so the reader, does not run meanwhile
        (root / str(number % 20) / f"f{number}").touch()
    await asyncio.wait_for(settle(burst), 200)
    for number in range(0, 20, 2):
        shutil.rmtree(root / str(number))
    await asyncio.wait_for(settle(burst // 2), 200)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert store.child(Side.LOCAL, store.root(Side.LOCAL).id, "0") is None
    store.close()


async def test_hints_of_a_burst_are_not_kept_once_they_were_given() -> None:
    """A daemon at rest has none of what a large folder's changes took."""
    watcher = Watcher()
    hints = watcher.hints()
    try:
        assert await anext(hints) == Hint((), is_deep=True)
        names = [("kept by nobody", f"{number}") for number in range(100)]
        for some in names:
            watcher.hint(Hint(some))
        for some in names:
            assert (await anext(hints)).names == some
        next_one = asyncio.ensure_future(anext(hints))
        await asyncio.sleep(0)
        gc.collect()
        alive = [one for one in gc.get_objects() if isinstance(one, Hint) and one.names in names]
        assert len(alive) <= 1  # the last one, in the loop that gives them
    finally:
        next_one.cancel()
        await asyncio.gather(next_one, return_exceptions=True)
        watcher.close()
