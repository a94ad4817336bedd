"""Changes what is in a folder: makes directories, moves, and moves to the trash.

Files are put in place by `installing`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from u1tray.engine.core.values import Kind
from u1tray.engine.local.access import Root, encoded, expecting, has_same_bytes, look_at
from u1tray.engine.local.bins import move_to_trash
from u1tray.engine.local.hashing import changed
from u1tray.engine.local.ignore import Ignore
from u1tray.engine.local.renames import move_without_replacing
from u1tray.engine.local.trash import Trash
from u1tray.engine.local.trees import check_tree
from u1tray.engine.ports import Names, Stat

logger = logging.getLogger(__name__)


class Changer:
    """Changes one folder, unless something is not as it was seen. In threads."""

    def __init__(self, root: Root, ignore: Ignore, trashes: Sequence[Trash]) -> None:
        self._root = root
        self._ignore = ignore
        self._trashes = trashes

    def make_directory(self, names: Names) -> Stat:
        """Raises Changed where something is; DiskError."""
        with expecting(names), self._root.directory(names[:-1]) as parent:
            try:
                os.mkdir(encoded(names[-1]), dir_fd=parent)
            except FileExistsError as error:
                raise changed() from error
            os.fsync(parent)
            stat = look_at(parent, names[-1])
        if stat is None or stat.kind is not Kind.DIRECTORY:
            raise changed()
        return stat

    def move(self, names: Names, stat: Stat, target: Names) -> Stat:
        """Raises Changed where it is not as in `stat`, or something is at the target; DiskError."""
        with (
            expecting(names),
            self._root.directory(names[:-1]) as source,
            self._root.directory(target[:-1]) as parent,
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

    def trash(self, names: Names, stats: dict[Names, Stat]) -> str:
        """Move a file or a whole directory to a trash; where it is there.

        Raises Changed, DiskError.
        """
        with expecting(names), self._root.directory(names[:-1]) as parent:
            if stats[names].kind is Kind.FILE and look_at(parent, names[-1]) != stats[names]:
                raise changed()
            check_tree(parent, names[-1], names, stats, self._ignore)
            original = self._root.path.joinpath(*names)

            def check(directory: int, name: str) -> None:
                check_tree(directory, name, names, stats, self._ignore)

            return move_to_trash(self._trashes, parent, names[-1], original, check)


def _move_back(parent: int, name: str, source: int, old_name: str) -> None:
    try:
        move_without_replacing(parent, name, source, old_name)
    except OSError:
        logger.info("%r changed while it was moved, and stays as %r", old_name, name)
