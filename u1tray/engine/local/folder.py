"""The real folder of a volume (ports.Folder): what the engine sees and does on this disk."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from u1tray.engine.core.values import Content, Kind
from u1tray.engine.local.access import (
    NOT_THERE,
    Root,
    disk_error,
    encoded,
    expecting,
    has_same_bytes,
    look_at,
)
from u1tray.engine.local.bins import move_to_trash
from u1tray.engine.local.hashing import TICK_SECONDS, changed, content_in, read_at
from u1tray.engine.local.ignore import OWN_TRASH, Ignore, is_own
from u1tray.engine.local.installing import Installer
from u1tray.engine.local.leftovers import clear_leftovers, recover
from u1tray.engine.local.listing import glance_at, learn_rules, list_directory
from u1tray.engine.local.lots import each_in_its_directory
from u1tray.engine.local.partials import DiskPartial, Partials
from u1tray.engine.local.renames import move_without_replacing
from u1tray.engine.local.retrieval import Retrieval
from u1tray.engine.local.small_files import SmallFiles
from u1tray.engine.local.small_installs import SmallInstaller
from u1tray.engine.local.trash import Trash, home_trash, trash_of_disk
from u1tray.engine.local.trees import check_tree
from u1tray.engine.local.watcher import Watcher
from u1tray.engine.local.workers import DISK_THREADS, Workers
from u1tray.engine.ports import Changed, DiskError, Hint, Listing, Names, New, Partial, Stat

logger = logging.getLogger(__name__)

PRUNE_SECONDS = 3600.0
SMALL_BYTES = 1 << 16  # smaller ones are read together
LOT = 4  # files that one thread puts in place


@dataclass(frozen=True)
class Places:
    """Where things of the engine are that are not in the folder.

    `own_trash` takes what is replaced; with `use_trash`, what is deleted goes to that of the
    person below `data_home`, or on the folder's own disk.
    """

    own_trash: Path
    data_home: Path
    use_trash: bool = True


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
        own = Trash(places.own_trash, is_ours=True)
        hidden = Trash(root / OWN_TRASH, is_ours=True)
        self._ours = (own, hidden)
        self._trashes: tuple[Trash, ...] = self._ours
        if places.use_trash:
            of_disk = trash_of_disk(root)
            persons = [home_trash(places.data_home), *([] if of_disk is None else [of_disk])]
            self._trashes = (*persons, *self._ours)
        self._retrieval = Retrieval(self.root, self._trashes)
        self._small_files = SmallFiles(self.root, workers)
        self._next_prune = 0.0
        self._installer = Installer(self.root, self._ours, 0o666 & ~_umask(), set())
        self._small_installer = SmallInstaller(self._installer)

    async def tidy(self) -> None:
        """Clear away what a crash left, and what is too old. Once, before any volume is synced."""
        await self._workers.run(self._tidy)

    def close(self) -> None:
        """End watching."""
        self.watcher.close()

    async def list(self, directories: Sequence[Names]) -> Sequence[Listing | DiskError | None]:
        """Directories, in order; None where there is none, an error where it cannot be read."""
        found = await self._workers.run(lambda: [self._list(names) for names in directories])
        for names, (_, has_new_rules) in zip(directories, found, strict=True):
            if has_new_rules:
                self.watcher.hint(Hint(names, is_deep=True))
        return [listing for listing, _ in found]

    async def glance(
        self, wanted: Sequence[tuple[Names, Sequence[str]]]
    ) -> Sequence[Listing | DiskError | None]:
        """The same of some names in directories, as if nothing else were in them."""
        return await self._workers.run(lambda: [self._glance(*one) for one in wanted])

    async def stat(self, names: Names) -> Stat | None:
        """How something is seen now; None where nothing that can be synced is."""
        return await self._workers.run(lambda: self._stat(names))

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
        now = time.time()
        ages = [now - max(stat.mtime_ns, stat.ctime_ns) / 1e9 for _, stat in files]
        fresh = [age for age in ages if 0 <= age < TICK_SECONDS]
        if fresh:
            # A write within the same tick of the file system's clock would not show.
            await asyncio.sleep(TICK_SECONDS - min(fresh))
        return await self._workers.read(
            lambda given_up: list(
                each_in_its_directory(
                    self.root, files, functools.partial(content_in, given_up=given_up)
                )
            )
        )

    async def read(self, names: Names, stat: Stat, start: int) -> AsyncIterator[bytes]:
        """The bytes of a file from an offset. Raises Changed, DiskError."""
        if names and not start and 0 < stat.size <= SMALL_BYTES:
            yield await self._small_files.read(names, stat)
            return

        def piece(start: int) -> bytes:
            with expecting(names):
                return read_at(self.root, names, stat, start)

        def begin(start: int) -> asyncio.Task[bytes]:
            return asyncio.ensure_future(self._workers.run(lambda: piece(start)))

        reading = begin(start)
        try:
            while data := await reading:
                start += len(data)
                if start < stat.size:
                    reading = begin(start)  # while this one is on its way
                yield data
                if start >= stat.size:
                    return  # it was checked after its last byte was read
        finally:
            if reading.cancel():
                await asyncio.wait((reading,))
            reading.cancelled() or reading.exception()  # seen: nobody wants it

    async def make_directory(self, names: Names) -> Stat:
        """Raises Changed where something is."""
        return await self._workers.run(lambda: self._make_directory(names))

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
        return await self._workers.run(lambda: self._move(names, stat, target))

    async def trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        """Move a file or a whole directory to the trash; where it is there. Raises Changed."""
        return await self._workers.run(lambda: self._trash(names, stats))

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
        recover(self._partials, self._ours)
        self._prune_at_times()

    def _prune_at_times(self) -> None:
        now = time.monotonic()
        if now >= self._next_prune:
            self._next_prune = now + PRUNE_SECONDS
            for trash in self._ours:
                trash.prune()

    def _install(
        self, partial: DiskPartial, names: Names, replaces: Stat | None, changed_at: float | None
    ) -> Stat:
        stat = self._installer.install(partial, names, replaces, changed_at)
        if replaces is not None:
            self._prune_at_times()
        return stat

    def _list(self, names: Names) -> tuple[Listing | DiskError | None, bool]:
        try:
            with self.root.directory(names) as directory:
                # Before the listing, so that no change is missed.
                self.watcher.watch(names, directory)
                has_new_rules = learn_rules(directory, names, self.ignore)
                listing = list_directory(directory, self.ignore.within(names))
                self._clear(directory, names, listing)
                return listing, has_new_rules
        except OSError as error:
            if error.errno in NOT_THERE:
                self.watcher.forget(names)
                return None, False
            return disk_error(error, names), False

    def _glance(self, names: Names, wanted: Sequence[str]) -> Listing | DiskError | None:
        try:
            with self.root.directory(names) as directory:
                return glance_at(directory, wanted, self.ignore.within(names))
        except OSError as error:
            return None if error.errno in NOT_THERE else disk_error(error, names)

    def _clear(self, directory: int, names: Names, listing: Listing) -> None:
        own = [name for name in listing.oddities if is_own(name)]
        if own:
            path = self.root.path.joinpath(*names)
            clear_leftovers(directory, own, self._installer.staged, self._ours, path)

    def _stat(self, names: Names) -> Stat | None:
        try:
            if not names:
                with self.root.directory(()) as directory:
                    return Stat(Kind.DIRECTORY, 0, os.fstat(directory).st_ino)
            with self.root.directory(names[:-1]) as directory:
                return look_at(directory, names[-1])
        except OSError as error:
            if error.errno in NOT_THERE:
                return None
            raise disk_error(error, names) from error

    def _make_directory(self, names: Names) -> Stat:
        with expecting(names), self.root.directory(names[:-1]) as parent:
            try:
                os.mkdir(encoded(names[-1]), dir_fd=parent)
            except FileExistsError as error:
                raise changed() from error
            os.fsync(parent)
            stat = look_at(parent, names[-1])
        if stat is None or stat.kind is not Kind.DIRECTORY:
            raise changed()
        return stat

    def _move(self, names: Names, stat: Stat, target: Names) -> Stat:
        with (
            expecting(names),
            self.root.directory(names[:-1]) as source,
            self.root.directory(target[:-1]) as parent,
        ):
            if look_at(source, names[-1]) != stat:
                raise changed()
            try:
                move_without_replacing(source, names[-1], parent, target[-1])
            except FileExistsError as error:
                raise changed() from error
            found = look_at(parent, target[-1])
            if found is None or not has_same_bytes(found, stat):
                _move_back(parent, target[-1], source, names[-1])
                raise changed()
            os.fsync(parent)
            os.fsync(source)
            return found

    def _trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        with expecting(names), self.root.directory(names[:-1]) as parent:
            if stats[names].kind is Kind.FILE and look_at(parent, names[-1]) != stats[names]:
                raise changed()
            check_tree(parent, names[-1], names, stats, self.ignore)
            original = self.root.path.joinpath(*names)

            def check(directory: int, name: str) -> None:
                check_tree(directory, name, names, stats, self.ignore)

            return move_to_trash(self._trashes, parent, names[-1], original, check)


def _move_back(parent: int, name: str, source: int, old_name: str) -> None:
    try:
        move_without_replacing(parent, name, source, old_name)
    except OSError:
        logger.info("%r changed while it was moved, and stays as %r", old_name, name)


def _umask() -> int:
    """The process's mask of file modes."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
