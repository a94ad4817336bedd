"""Which files are read, and when."""

from __future__ import annotations

import asyncio

import pytest

from u1tray.engine.core.values import Content, Kind, Side, Subject, subject_of
from u1tray.engine.ports import Stat
from u1tray.engine.runner.backlog import PLENTY, Backlog
from u1tray.engine.runner.unread import FILES_AT_ONCE, READERS, Unread
from u1tray.syncdaemon.sync.clock import RealClock

pytestmark = pytest.mark.core

SECONDS = 15.0
CONTENT = Content(bytes(20), 3)


class _Folder:
    """A folder of which files are read, and nothing else."""

    def __init__(self):
        self.was_read = asyncio.Event()
        self.on_read = lambda: None

    async def contents(self, files):
        self.was_read.set()
        self.on_read()
        return [CONTENT] * len(files)


def unread_of(trees, folder, backlog, seen=lambda: None):
    return Unread(trees, folder, RealClock(), backlog=backlog, look=lambda hint: None, seen=seen)


def all_read(trees):
    root = trees.root(Side.LOCAL).id
    return all(node.content is not None for node in trees.children(Side.LOCAL, root))


async def test_nothing_is_read_ahead_while_there_is_plenty_to_do(trees):
    """What was read is carried first, so that the other side need not wait for all of it."""
    with trees.changing():
        root = trees.root(Side.LOCAL).id
        file = trees.add(Side.LOCAL, root, "f", Kind.FILE, stat=Stat(Kind.FILE, 0, 7, 3, 1, 1))
    backlog = Backlog(trees)
    backlog.add([subject_of(file)])
    assert backlog.next() is None
    assert [stuck.node for stuck in backlog.stuck.values()] == [file.id]
    backlog.add(Subject(number) for number in range(1000, 1000 + PLENTY))
    folder = _Folder()
    unread = unread_of(trees, folder, backlog)
    reading = asyncio.ensure_future(unread.read())
    try:
        for _ in range(10):
            unread.read_soon()
            await asyncio.sleep(0)
        assert not folder.was_read.is_set()
        assert backlog.next() is None  # decides about some
        unread.read_soon()
        await asyncio.wait_for(folder.was_read.wait(), SECONDS)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert trees.node(Side.LOCAL, file.id).content == CONTENT


async def test_paths_of_few_files_are_kept_in_mind_however_many_are_to_be_read(trees):
    """`chmod -R` of a folder has all of it read again."""
    many = 3 * READERS * FILES_AT_ONCE
    with trees.changing():
        root = trees.root(Side.LOCAL).id
        for number in range(many):
            stat = Stat(Kind.FILE, 0, number + 10, 3, 1, 1)
            trees.add(Side.LOCAL, root, f"{number}", Kind.FILE, stat=stat)
    backlog = Backlog(trees)
    backlog.take_touched()
    while not backlog.is_quiet:
        assert backlog.next() is None
    assert len(backlog.stuck) == many
    folder, kept, everything = _Folder(), [], asyncio.Event()
    unread = unread_of(trees, folder, backlog, seen=lambda: all_read(trees) and everything.set())
    folder.on_read = lambda: kept.append(len(unread._near))
    reading = asyncio.ensure_future(unread.read())
    try:
        await asyncio.wait_for(everything.wait(), SECONDS)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert max(kept) <= READERS * FILES_AT_ONCE
