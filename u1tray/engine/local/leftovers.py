"""What a crash left in a folder under names of ours: copies go, and a person's file is kept."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from u1tray.engine.local.bins import move_to_trash
from u1tray.engine.local.ignore import temporary_name
from u1tray.engine.local.partials import Partials
from u1tray.engine.local.trash import Trash

logger = logging.getLogger(__name__)


def clear_leftovers(
    directory: int,
    names: Iterable[str],
    busy: Collection[str],
    trashes: Sequence[Trash],
    path: Path,
) -> None:
    """Remove copies that no install of this process (`busy`) is about to put in place.

    A file whose name tells another inode changed places with ours when the crash came: it goes
    to the trash. Raises OSError.
    """
    for name in names:
        if not name.endswith(".part") or name in busy:
            continue
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if name == temporary_name(found.st_ino) or found.st_nlink > 1:
            os.unlink(name, dir_fd=directory)
        else:
            _keep(directory, name, trashes, path / name)


def recover(partials: Partials, trashes: Sequence[Trash]) -> None:
    """Clean the partial files; once, before anything is downloaded."""
    try:
        with partials.directory() as directory:
            for name in partials.clean():
                _keep(directory, name, trashes, partials.path / name)
    except OSError as error:
        logger.warning("partial files cannot be cleaned: %s", error.strerror)


def _keep(directory: int, name: str, trashes: Sequence[Trash], path: Path) -> None:
    where = move_to_trash(trashes, directory, name, path, lambda *_where: None)
    logger.warning("a crash had left %s: it is in the trash as %s", name, where)
