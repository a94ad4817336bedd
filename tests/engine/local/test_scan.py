"""Scans of a real folder: nodes keep their identity, and a scan never misses a change."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u1tray.engine.core.values import Kind, Side
from u1tray.engine.local.folder import DiskFolder
from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trashes import Places
from u1tray.engine.local.workers import Workers
from u1tray.engine.ports import Oddity
from u1tray.engine.runner.scanner import DIRECTORIES_AT_ONCE, Scan
from u1tray.engine.store.trees import TreeStore

pytestmark = pytest.mark.core


@pytest.fixture
def store():
    """Empty trees."""
    made = new_store()
    yield made
    made.close()


def new_store() -> TreeStore:
    """Empty trees."""
    made = TreeStore.open(":memory:")
    with made.changing():
        made.plant("root")
    return made


async def scanned(store, folder, *directories) -> Scan:
    """A pass over directories; without any, over everything."""
    scan = Scan(store, folder)
    await scan.look(directories or [((), True)])
    scan.finish()
    return scan


def picture(store) -> dict:
    """Path to id and stat of all local nodes."""
    found = {}

    def walk(node_id: int, names: tuple[str, ...]) -> None:
        for name, (child, stat) in store.seen_in(node_id).items():
            found[(*names, name)] = (child, stat)
            walk(child, (*names, name))

    walk(store.root(Side.LOCAL).id, ())
    return found


def stats(store) -> dict:
    """Path to stat."""
    return {names: stat for names, (_, stat) in picture(store).items()}


def ids(store) -> dict:
    """Path to id."""
    return {"/".join(names): number for names, (number, _) in picture(store).items()}


async def test_renamed_and_moved_things_keep_their_identity(store, folder, root) -> None:
    """By inode: a directory with all below it, a file into another directory."""
    (root / "d" / "e").mkdir(parents=True)
    (root / "d" / "e" / "f").write_bytes(b"f")
    (root / "g").write_bytes(b"g")
    await scanned(store, folder)
    before = ids(store)
    (root / "d").rename(root / "z")
    (root / "g").rename(root / "z" / "g2")
    await scanned(store, folder)
    after = ids(store)
    assert after == {
        "z": before["d"],
        "z/e": before["d/e"],
        "z/e/f": before["d/e/f"],
        "z/g2": before["g"],
    }


async def test_renamed_empty_directory_shows_that(store, folder, root) -> None:
    """Not so of a new one, which may have its inode."""
    (root / "0").mkdir()
    (listing,) = await folder.list([("0",)])
    assert not listing.was_renamed
    for number in range(100_000):  # clocks of file systems tick
        (root / f"{number}").rename(root / f"{number + 1}")
        (listing,) = await folder.list([(f"{number + 1}",)])
        if listing.was_renamed:
            break
    assert listing.was_renamed


async def test_swapped_names_swap_identities(store, folder, root) -> None:
    """Files and directories that change places."""
    for name in ("a", "b"):
        (root / name).write_bytes(name.encode())
        (root / f"{name}d").mkdir()
        os.utime(root / f"{name}d", (86400, 86400))  # or it may look as just made, within a tick
    await scanned(store, folder)
    before = ids(store)
    with store.changing():
        for number in before.values():
            store.link(number, None, store.node(Side.LOCAL, number))
    for one, other in (("a", "b"), ("ad", "bd")):
        (root / one).rename(root / "passing")
        (root / other).rename(root / one)
        (root / "passing").rename(root / other)
    await scanned(store, folder)
    after = ids(store)
    assert after == {
        "a": before["b"],
        "b": before["a"],
        "ad": before["bd"],
        "bd": before["ad"],
    }


async def test_atomic_save_keeps_the_identity_of_the_place(store, folder, root) -> None:
    """An editor writes beside and renames over; the temporary file was seen or not."""
    (root / "f").write_bytes(b"old")
    await scanned(store, folder)
    before = ids(store)["f"]
    (root / "beside").write_bytes(b"new")
    await scanned(store, folder)
    (root / "beside").rename(root / "f")
    await scanned(store, folder)
    assert ids(store) == {"f": before}


async def test_save_with_backup_keeps_the_identity_of_the_place(store, folder, root) -> None:
    """The old file becomes an ignored backup, a new one is written at the name."""
    (root / "f").write_bytes(b"old")
    await scanned(store, folder)
    before = ids(store)["f"]
    (root / "f").rename(root / "f~")
    (root / "f").write_bytes(b"new")
    await scanned(store, folder)
    assert ids(store) == {"f": before}


async def test_file_becomes_a_directory_and_back(store, folder, root) -> None:
    """They are different nodes."""
    (root / "x").write_bytes(b"x")
    await scanned(store, folder)
    (root / "x").unlink()
    (root / "x").mkdir()
    (root / "x" / "y").write_bytes(b"y")
    await scanned(store, folder, ((), False))
    assert {names: stat.kind for names, stat in stats(store).items()} == {
        ("x",): Kind.DIRECTORY,
        ("x", "y"): Kind.FILE,
    }
    shutil.rmtree(root / "x")
    (root / "x").write_bytes(b"again")
    await scanned(store, folder, ((), False))
    assert {names: stat.kind for names, stat in stats(store).items()} == {("x",): Kind.FILE}


async def test_deep_and_shallow_hint_of_one_directory_is_deep(store, folder, root) -> None:
    """Whichever came first."""
    (root / "d" / "e").mkdir(parents=True)
    await scanned(store, folder)
    (root / "d" / "e" / "f").write_bytes(b"x")
    await scanned(store, folder, (("d",), False), (("d",), True))
    assert "d/e/f" in ids(store)
    (root / "d" / "e" / "g").write_bytes(b"x")
    await scanned(store, folder, ((), True), (("d",), False), (("d", "e"), False))
    assert "d/e/g" in ids(store)


@pytest.mark.parametrize("odd", ["link", "pipe", "ignored"])
async def test_what_is_left_alone_deletes_nothing(store, folder, root, home, odd) -> None:
    """A person moved a directory to another disk and left a link: nothing is gone for that."""
    (root / "d").mkdir()
    (root / "d" / "f").write_bytes(b"x")
    await scanned(store, folder)
    before = ids(store)
    if odd == "ignored":
        (root / ".u1ignore").write_text("d\n")
    else:
        (root / "d").rename(home / "elsewhere")
        (root / "d").symlink_to(home / "elsewhere") if odd == "link" else os.mkfifo(root / "d")
    await scanned(store, folder)
    (listing,) = await folder.list([()])
    assert listing.oddities["d"] in set(Oddity)
    assert before.items() <= ids(store).items()


async def test_ignored_things_that_are_synced_stay_so(store, folder, root) -> None:
    """As with git: what is tracked stays tracked, new ones are not taken in."""
    (root / "build").mkdir()
    (root / "build" / "old.o").write_bytes(b"x")
    await scanned(store, folder)
    (root / ".u1ignore").write_text("build/\n")
    (root / "build" / "new.o").write_bytes(b"x")
    await scanned(store, folder)
    assert set(ids(store)) == {"build", "build/old.o", ".u1ignore"}
    before = stats(store)["build", "old.o"]
    (root / "build" / "old.o").write_bytes(b"longer")
    await scanned(store, folder)
    assert stats(store)["build", "old.o"] != before
    (root / "build" / "old.o").unlink()
    await scanned(store, folder)
    assert set(ids(store)) == {"build", ".u1ignore"}


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ("write", "save", "directory", "move", "delete", "link", "touch", "exchange", "scan")
        ),
        st.integers(0, 11),
        st.integers(0, 11),
    ),
    max_size=30,
)
PLACES = [
    Path(*names)
    for names in (
        ("a",), ("b",), ("c",), ("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("c", "c"),
        ("a", "a", "a"), ("a", "b", "c"), ("b", "a", "c"), ("c", "c", "a"),
    )
]  # fmt: skip


def change(root: Path, what: str, one: Path, other: Path, number: int) -> None:
    """Something a person does; nothing where it cannot be done."""
    path, target = root / one, root / other
    with contextlib.suppress(OSError):
        if what == "exchange":
            _exchange(path, target, root / "passing")
        else:
            _CHANGES[what](path, target, number)


def _save(path: Path, _target: Path, number: int) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(b"saved %d" % number)
    beside.rename(path)


def _delete(path: Path, _target: Path, _number: int) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _exchange(path: Path, target: Path, passing: Path) -> None:
    path.rename(passing)
    try:
        target.rename(path)
    except OSError:
        passing.rename(path)
        raise
    passing.rename(target)


_CHANGES = {
    "write": lambda path, _target, number: path.write_bytes(b"%d" % number),
    "save": _save,
    "directory": lambda path, _target, _number: path.mkdir(),
    "move": lambda path, target, _number: path.rename(target),
    "delete": _delete,
    "link": lambda path, target, _number: os.link(path, target),
    "touch": lambda path, _target, number: os.utime(path, ns=(number, number)),
}


async def _watched(root: Path, base: Path, changes: list) -> tuple[dict, dict]:
    """What is seen after changes by hints alone, and by a fresh scan."""
    workers = Workers()
    partials = Partials(base / "p", workers)
    folder = DiskFolder(root, partials, workers, Places(base / "t", base / "s"))
    store, fresh = new_store(), new_store()
    news: dict = {}

    async def hear() -> None:
        async for hint in folder.hints():
            news[hint.names, hint.is_deep] = None

    task = asyncio.ensure_future(hear())
    for number, (what, one, other) in enumerate(changes):
        if what == "scan":
            await _follow(store, folder, news)
        else:
            change(root, what, PLACES[one], PLACES[other], number + 1)
    await _follow(store, folder, news)
    await scanned(fresh, folder)
    found = stats(store), stats(fresh)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    folder.close()
    workers.close()
    store.close()
    fresh.close()
    return found


async def _follow(store, folder, news: dict) -> None:
    """Scan where hints say so, until a mark made last was seen."""
    mark = folder.root.path / "mark"
    for act in (mark.touch, mark.unlink):
        act()
        while news or (("mark",) in stats(store)) != mark.exists():
            todo = list(news)
            news.clear()
            if todo:
                await scanned(store, folder, *todo)
            await asyncio.sleep(0.002)


@given(CHANGES)
@settings(max_examples=40, deadline=None)
def test_scans_by_hints_see_what_a_fresh_scan_sees(changes) -> None:
    """Whatever people do, however many of their changes come between two scans."""
    with tempfile.TemporaryDirectory(prefix="u1-") as base:
        root = Path(base) / "root"
        root.mkdir()
        by_hints, afresh = asyncio.run(_watched(root, Path(base), changes))
    assert by_hints == afresh


async def test_names_that_are_told_are_looked_at_alone(store, folder, root) -> None:
    """New, changed and gone files among many; a neighbour that nobody told of stays as seen."""
    for number in range(20):
        (root / f"{number}").write_text("old")
    await scanned(store, folder)
    before = stats(store)
    (root / "1").write_text("changed")
    (root / "2").unlink()
    (root / "new").write_text("new")
    (root / "19").write_text("not told of")
    scan = Scan(store, folder)
    await scan.look([], {(): {"1", "2", "new", "never there"}})
    scan.finish()
    after = stats(store)
    assert after.keys() - before.keys() == {("new",)}
    assert before.keys() - after.keys() == {("2",)}
    assert {names for names in after if after[names] != before.get(names)} == {("1",), ("new",)}
    assert after["1",] == await folder.stat(("1",))


async def test_what_was_seen_is_told_of_on_the_way_and_nothing_is_gone_before_the_end(
    store, folder, root
) -> None:
    """Work begins while the scan goes on; what moved to a directory looked at last is not lost."""
    for number in range(3 * DIRECTORIES_AT_ONCE):
        (root / f"{number:03}").mkdir()
    (root / "000" / "f").write_text("moves")
    await scanned(store, folder)
    before = ids(store)
    store.touched.clear()
    last = root / f"{3 * DIRECTORIES_AT_ONCE - 1:03}"
    (root / "000" / "f").rename(last / "f")
    for directory in root.iterdir():
        (directory / "new").write_text("new")
    told: list[dict] = []

    async def advanced() -> None:
        told.append(ids(store))

    scan = Scan(store, folder, advanced=advanced)
    await scan.look([((), True)])
    scan.finish()
    assert len(told) >= 3
    assert all(0 < len(one) < len(ids(store)) for one in told[:-1])
    assert all(before["000/f"] in one.values() for one in told)
    assert ids(store)[f"{last.name}/f"] == before["000/f"]


async def test_told_name_that_became_a_directory_is_looked_into(store, folder, root) -> None:
    """All below it is new; and what was told of an unknown directory comes with its parent."""
    for number in range(20):
        (root / f"{number}").write_text("old")
    await scanned(store, folder)
    (root / "1").unlink()
    (root / "1").mkdir()
    (root / "1" / "f").write_text("new")
    scan = Scan(store, folder)
    await scan.look([], {(): {"1"}, ("unknown",): {"f"}})
    scan.finish()
    assert ("1", "f") in stats(store)
    assert stats(store)["1",].kind is Kind.DIRECTORY
