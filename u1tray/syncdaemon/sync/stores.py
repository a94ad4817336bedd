"""Where the trees of each volume are, and what becomes of a file that is missing or damaged."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path
from urllib.parse import quote

from u1tray.engine.ports import DiskError
from u1tray.engine.runner.local_side import NO_ROOT, ROOT_FACT
from u1tray.engine.store.trees import TreeStore
from u1tray.vocabulary import places

_log = logging.getLogger(__name__)

# Until the cloud was asked, nobody knows the key of a volume's root.
UNKNOWN_KEY = "marker:root"
_METADATA = "syncdaemon/volumes"
_DOUBTED = ".doubted"


class Memory:
    """What uploads remember, in the volume's own store."""

    def __init__(self, trees: TreeStore) -> None:
        self._trees = trees

    def recall(self, name: str) -> str:
        return self._trees.fact(name) or ""

    def remember(self, name: str, text: str) -> None:
        with self._trees.changing():
            if text:
                self._trees.note(name, text)
            else:
                self._trees.forget_note(name)


def store_file(path: str) -> Path:
    """Where the trees of a volume are (10.6)."""
    return places.data_directory() / _METADATA / f"{quote(path, safe='~ ')}.db"


def open_trees(path: Path) -> TreeStore:
    """The trees in a file; planted if they are new.

    A file that is damaged is put aside: without agreements nothing is deleted on either side.
    Raises DiskError where the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        trees = _open_usable(path)
    except OSError as error:
        text = f"what is known of the folder cannot be written down: {error.strerror}"
        raise DiskError(text, ()) from error
    try:
        if not trees.is_planted:
            with trees.changing():
                trees.plant(UNKNOWN_KEY)
    except BaseException:
        trees.close()
        raise
    return trees


def doubt(path: Path, error: BaseException) -> None:
    """An error has ended a volume: if its trees were damaged, they are checked when opened next."""
    if type(error) is sqlite3.DatabaseError:  # those below it say something else
        with contextlib.suppress(OSError):
            path.with_suffix(_DOUBTED).touch()


def _open_usable(path: Path) -> TreeStore:
    try:
        return _open_whole(path)
    except sqlite3.DatabaseError as error:
        _log.error("%s cannot be used (%s): comparing anew", path, error)
    path.replace(path.with_suffix(".damaged"))
    path.with_suffix(_DOUBTED).unlink(missing_ok=True)
    remove_trees(path)
    return TreeStore.open(path)


def _open_whole(path: Path) -> TreeStore:
    """Raises sqlite3.DatabaseError for a damaged file; all of it is read only where in doubt."""
    trees = TreeStore.open(path)
    doubted = path.with_suffix(_DOUBTED)
    if doubted.exists():
        try:
            found = trees.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
        except BaseException:
            trees.close()
            raise
        doubted.unlink(missing_ok=True)
    return trees


def forget_folder(path: Path) -> None:
    """The folder of these trees is missing and is made anew: nobody has deleted what it held.

    Raises DiskError.
    """
    if not path.exists():
        return
    trees = open_trees(path)
    try:
        with trees.changing():
            trees.note(ROOT_FACT, NO_ROOT)
    finally:
        trees.close()


def remove_trees(path: Path) -> None:
    """Forget what was agreed about a volume."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
