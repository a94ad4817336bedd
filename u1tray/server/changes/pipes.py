"""Changes between the processes of one machine that share a data directory.

Each serving process has a named pipe in `run/`; whoever commits writes a line into every other
one. A pipe has no limit on the length of its path as a socket has, takes some 600 lines before
its reader must come, and shows by itself when its reader is gone. A reader that did not come in
time finds a mark beside its pipe and looks at the database instead: nothing is ever lost, and no
writer ever waits.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from select import PIPE_BUF
from typing import TYPE_CHECKING

from u1tray.server.changes.values import Change, from_lines, to_line

if TYPE_CHECKING:  # the administration commands do without
    import asyncio

_PIPE = ".changes"
_MARK = ".missed"
_READ_BYTES = 64 * 1024

Deal = Callable[[Sequence[Change]], None]


class Pipes:
    """The pipes of a data directory, for one process. `tell` may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: frozenset[str] = frozenset()

    def tell(self, changes: Sequence[Change]) -> None:
        """Write changes that were committed to all other processes. Raises nothing."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return  # nobody serves
        others = [name for name in names if name.endswith(_PIPE) and name not in self._own]
        if not others:
            return
        lines = [to_line(change, PIPE_BUF) for change in changes]
        for name in others:
            with contextlib.suppress(OSError):
                _tell(self._folder / name, lines)

    @contextlib.contextmanager
    def hearing(
        self, loop: asyncio.AbstractEventLoop, deal: Deal, look_again: Callable[[], None]
    ) -> Iterator[None]:
        """Deal what others tell, in the thread of the loop. Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = secrets.token_hex(8) + _PIPE
        descriptor = _make(self._folder, name)
        inlet = _Inlet(self._folder / name, descriptor, deal, look_again)
        loop.add_reader(descriptor, inlet.read)
        self._own |= {name}
        try:
            yield
        finally:
            self._own -= {name}
            loop.remove_reader(descriptor)
            _forget(self._folder / name)
            os.close(descriptor)


class _Inlet:
    """The reading end of a pipe."""

    def __init__(
        self, pipe: Path, descriptor: int, deal: Deal, look_again: Callable[[], None]
    ) -> None:
        self._mark = pipe.with_suffix(_MARK)
        self._descriptor = descriptor
        self._deal = deal
        self._look_again = look_again
        self._rest = b""

    def read(self) -> None:
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        self._deal(tuple(from_lines(whole + end)))
        # The mark is taken away before the look, so that a later one is seen.
        with contextlib.suppress(FileNotFoundError):
            self._mark.unlink()
            self._look_again()


def _make(folder: Path, name: str) -> int:
    """The descriptor of a new pipe, which is open before others can find it."""
    hidden = folder / f".{name}.new"
    os.mkfifo(hidden, 0o600)
    # Open for writing too: a pipe without a writer would always be readable.
    descriptor = os.open(hidden, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    hidden.rename(folder / name)
    return descriptor


def _tell(pipe: Path, lines: Sequence[bytes]) -> None:
    try:
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:  # its reader was killed
            _forget(pipe)
        return
    try:
        for line in lines:
            os.write(descriptor, line)  # whole or not at all, being this short
    except BlockingIOError:
        pipe.with_suffix(_MARK).touch(0o600)
        # If there is room by now, the reader may have been there before the mark.
        with contextlib.suppress(BlockingIOError):
            os.write(descriptor, b"\n")
    finally:
        os.close(descriptor)


def _forget(pipe: Path) -> None:
    for path in (pipe, pipe.with_suffix(_MARK)):
        path.unlink(missing_ok=True)
