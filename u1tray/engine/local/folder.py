"""The real folder of a volume (ports.Folder): what the engine sees and does on this disk."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from u1tray.engine.core.values import Content
from u1tray.engine.local.access import Root
from u1tray.engine.local.changing import Changer
from u1tray.engine.local.ignore import Ignore
from u1tray.engine.local.inspecting import Inspector
from u1tray.engine.local.installing import Installer
from u1tray.engine.local.leftovers import recover
from u1tray.engine.local.partials import DiskPartial, Partials
from u1tray.engine.local.reading import Reader
from u1tray.engine.local.retrieval import Retrieval
from u1tray.engine.local.small_installs import SmallInstaller
from u1tray.engine.local.trashes import Places, Trashes
from u1tray.engine.local.watcher import Watcher
from u1tray.engine.local.workers import DISK_THREADS, Workers
from u1tray.engine.ports import Changed, DiskError, Hint, Listing, Names, New, Partial, Stat

LOT = 4  # files that one thread puts in place


class DiskFolder:
    """The local side of one volume on a real disk. `close` it at the end."""

    def __init__(
        self,
        root: Path,
        partials: Partials,
        workers: Workers,
        places: Places,
        ignored: Sequence[str] = (),
    ) -> None:
        """`ignored` is the option of the D-Bus contract, 10.6."""
        self.root = Root(root)
        self.ignore = Ignore(ignored)
        self.watcher = Watcher()
        self._partials = partials
        self._workers = workers
        self._trashes = Trashes(root, places)
        ours = self._trashes.ours
        self._reader = Reader(self.root, workers)
        self._installer = Installer(self.root, ours, 0o666 & ~_umask(), set())
        self._small_installer = SmallInstaller(self._installer)
        self._inspector = Inspector(
            self.root, self.ignore, self.watcher, self._installer.staged, ours
        )
        self._changer = Changer(self.root, self.ignore, self._trashes.all)
        self._retrieval = Retrieval(self.root, self._trashes.all)

    async def tidy(self) -> None:
        """Clear away what a crash left, and what is too old. Once, before any volume is synced."""
        await self._workers.run(self._tidy)

    def close(self) -> None:
        """End watching."""
        self.watcher.close()

    async def list(self, directories: Sequence[Names]) -> Sequence[Listing | DiskError | None]:
        """Directories, in order; None where there is none, an error where it cannot be read."""
        found = await self._workers.run(
            lambda: [self._inspector.list(names) for names in directories]
        )
        for names, (_, has_new_rules) in zip(directories, found, strict=True):
            if has_new_rules:
                self.watcher.hint(Hint(names, is_deep=True))
        return [listing for listing, _ in found]

    async def glance(
        self, wanted: Sequence[tuple[Names, Sequence[str]]]
    ) -> Sequence[Listing | DiskError | None]:
        """The same of some names in directories, as if nothing else were in them."""
        return await self._workers.run(lambda: [self._inspector.glance(*one) for one in wanted])

    async def stat(self, names: Names) -> Stat | None:
        """How something is seen now; None where nothing that can be synced is."""
        return await self._workers.run(lambda: self._inspector.stat(names))

    async def content(self, names: Names, stat: Stat) -> Content:
        """The content of a file. Raises Changed if it is not as in `stat` before and after."""
        (found,) = await self.contents([(names, stat)])
        if isinstance(found, Content):
            return found
        raise found

    async def contents(
        self, files: Sequence[tuple[Names, Stat]]
    ) -> Sequence[Content | Changed | DiskError]:
        """The contents of files, in order, and what `content` raises in the place of one."""
        return await self._reader.contents(files)

    def read(self, names: Names, stat: Stat, start: int) -> AsyncIterator[bytes]:
        """The bytes of a file from an offset. Raises Changed, DiskError."""
        return self._reader.read(names, stat, start)

    async def make_directory(self, names: Names) -> Stat:
        """Raises Changed where something is."""
        return await self._workers.run(lambda: self._changer.make_directory(names))

    async def partial(self, key: str, content: Content) -> DiskPartial:
        """The partial file of a node's content, begun earlier or new."""
        return await self._partials.begin(key, content)

    async def install(
        self, partial: Partial, names: Names, replaces: Stat | None, changed_at: float | None
    ) -> Stat:
        """Put a whole partial file in place, durably. Raises Changed, DiskError."""
        assert isinstance(partial, DiskPartial)
        return await self._workers.run(lambda: self._install(partial, names, replaces, changed_at))

    async def install_new(self, files: Sequence[New]) -> Sequence[Stat | Changed | DiskError]:
        """Put files where nothing is yet: all that could be are durable at the end."""
        # Several threads where there are many, because each waits for the disk.
        size = max(LOT, -(-len(files) // DISK_THREADS))
        lots = [files[first : first + size] for first in range(0, len(files), size)]
        done = await asyncio.gather(
            *(
                self._workers.run(functools.partial(self._small_installer.install, lot))
                for lot in lots
            )
        )
        return [stat for some in done for stat in some]

    async def move(self, names: Names, stat: Stat, target: Names) -> Stat:
        """Raises Changed where it is not as in `stat`, or something is at the target."""
        return await self._workers.run(lambda: self._changer.move(names, stat, target))

    async def trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        """Move a file or a whole directory to the trash; where it is there. Raises Changed."""
        return await self._workers.run(lambda: self._changer.trash(names, stats))

    async def find_in_trash(self, wanted: Sequence[tuple[Names, Stat]]) -> Sequence[str | None]:
        """Where in a trash each thing is that was at a path and looked so; None where in none."""
        return await self._workers.run(lambda: self._retrieval.find(wanted))

    async def bring_back(self, place: str, stat: Stat, names: Names) -> Stat:
        """Move something from a trash to a free place. Raises Changed, DiskError."""
        return await self._workers.run(lambda: self._retrieval.bring_back(place, stat, names))

    def hints(self) -> AsyncIterator[Hint]:
        """What may have changed, as it happens. The first is of the whole folder."""
        return self.watcher.hints()

    # In threads

    def _tidy(self) -> None:
        recover(self._partials, self._trashes.ours)
        self._trashes.prune_at_times()

    def _install(
        self, partial: DiskPartial, names: Names, replaces: Stat | None, changed_at: float | None
    ) -> Stat:
        stat = self._installer.install(partial, names, replaces, changed_at)
        if replaces is not None:
            self._trashes.prune_at_times()
        return stat


def _umask() -> int:
    """The process's mask of file modes."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
