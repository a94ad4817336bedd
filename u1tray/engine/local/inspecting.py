"""Looks at a folder: its directories, what is in them, and single names."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import NOT_THERE, Root, disk_error, look_at
from u1tray.engine.local.ignore import Ignore, is_own
from u1tray.engine.local.leftovers import clear_leftovers
from u1tray.engine.local.listing import glance_at, learn_rules, list_directory
from u1tray.engine.local.trash import Trash
from u1tray.engine.local.watcher import Watcher
from u1tray.engine.ports import DiskError, Listing, Names, Stat


class Inspector:
    """Looks at one folder, watches what it lists, and clears away what a crash left there.

    In threads. What is `staged` is about to be put in place, and no leftover.
    """

    def __init__(
        self,
        root: Root,
        ignore: Ignore,
        watcher: Watcher,
        staged: Collection[str],
        trashes: Sequence[Trash],
    ) -> None:
        self._root = root
        self._ignore = ignore
        self._watcher = watcher
        self._staged = staged
        self._trashes = trashes

    def list(self, names: Names) -> tuple[Listing | DiskError | None, bool]:
        """A directory as in ports.Folder.list, and whether its ignore rules are new."""
        try:
            with self._root.directory(names) as directory:
                # Before the listing, so that no change is missed.
                self._watcher.watch(names, directory)
                has_new_rules = learn_rules(directory, names, self._ignore)
                listing = list_directory(directory, self._ignore.within(names))
                self._clear(directory, names, listing)
                return listing, has_new_rules
        except OSError as error:
            if error.errno in NOT_THERE:
                self._watcher.forget(names)
                return None, False
            return disk_error(error, names), False

    def glance(self, names: Names, wanted: Sequence[str]) -> Listing | DiskError | None:
        """The same of some names in it, as if nothing else were there."""
        try:
            with self._root.directory(names) as directory:
                return glance_at(directory, wanted, self._ignore.within(names))
        except OSError as error:
            return None if error.errno in NOT_THERE else disk_error(error, names)

    def stat(self, names: Names) -> Stat | None:
        """How something is seen now; None where nothing that can be synced is."""
        try:
            if not names:
                with self._root.directory(()) as directory:
                    return Stat(Kind.DIRECTORY, 0, os.fstat(directory).st_ino)
            with self._root.directory(names[:-1]) as directory:
                return look_at(directory, names[-1])
        except OSError as error:
            if error.errno in NOT_THERE:
                return None
            raise disk_error(error, names) from error

    def _clear(self, directory: int, names: Names, listing: Listing) -> None:
        own = [name for name in listing.oddities if is_own(name)]
        if own:
            path = self._root.path.joinpath(*names)
            clear_leftovers(directory, own, self._staged, self._trashes, path)
