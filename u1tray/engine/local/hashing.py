"""Reads files on condition that they are as they were seen, before and after."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator

from u1tray.engine.core.values import Content
from u1tray.engine.local.access import FILE, Root, encoded, seen
from u1tray.engine.local.workers import Cancelled
from u1tray.engine.ports import Changed, Names, Stat

CHUNK_BYTES = 1 << 20
# Clocks of file systems tick; what is written twice within a tick looks unchanged (HZ=100).
TICK_SECONDS = 0.012


@contextlib.contextmanager
def opened(root: Root, names: Names, stat: Stat) -> Iterator[int]:
    """A descriptor of a file that is as in `stat`. Raises Changed, OSError."""
    if not names:
        raise changed()
    with root.directory(names[:-1]) as directory:
        descriptor = os.open(encoded(names[-1]), FILE, dir_fd=directory)
    try:
        check(descriptor, stat)
        yield descriptor
    finally:
        os.close(descriptor)


def check(descriptor: int, stat: Stat) -> None:
    """Raises Changed where an open file is not as in `stat`."""
    if seen(os.fstat(descriptor)) != stat:
        raise changed()


def content_in(directory: int, name: str, stat: Stat, given_up: threading.Event) -> Content:
    """The content of a file in an open directory that stays there as in `stat`.

    Raises Changed, Cancelled, OSError.
    """
    descriptor = os.open(encoded(name), FILE, dir_fd=directory)
    try:
        check(descriptor, stat)
        found = _hash(descriptor, stat.size, given_up)
        # What was read may have been renamed over meanwhile.
        now = os.stat(encoded(name), dir_fd=directory, follow_symlinks=False)
        if found.size != stat.size or seen(now) != stat:
            raise changed()
        return found
    finally:
        os.close(descriptor)


def _hash(descriptor: int, most: int, given_up: threading.Event) -> Content:
    """The content of an open file, up to so many bytes. Raises Cancelled, OSError."""
    digest = hashlib.sha1(usedforsecurity=False)
    size = 0
    while data := os.pread(descriptor, min(CHUNK_BYTES, most - size), size):
        digest.update(data)
        size += len(data)
        if size == most:
            break
        if given_up.is_set():
            raise Cancelled
    return Content(digest.digest(), size)


def read_at(root: Root, names: Names, stat: Stat, start: int) -> bytes:
    """A piece of a file that is as in `stat` before and after. Raises Changed, OSError."""
    with opened(root, names, stat) as descriptor:
        data = os.pread(descriptor, CHUNK_BYTES, start)
        check(descriptor, stat)
        return data


def read_in(directory: int, name: str, stat: Stat) -> bytes:
    """All of a file in an open directory; raises as `content_in`."""
    descriptor = os.open(encoded(name), FILE, dir_fd=directory)
    try:
        check(descriptor, stat)
        data = os.pread(descriptor, stat.size, 0)
        check(descriptor, stat)
        return data
    finally:
        os.close(descriptor)


def changed() -> Changed:
    """What is raised where something is not as it was seen."""
    message = "it is not as it was seen"
    return Changed(message)
