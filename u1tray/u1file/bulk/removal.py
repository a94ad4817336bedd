"""What a mirror deletes at its target, with a limit: found first, done only when that is wanted."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from u1tray.rest.blocking.cloud import Cloud
from u1tray.rest.file_requests import DELETE_EMPTY
from u1tray.u1file.bulk import batches, local_tree
from u1tray.u1file.bulk.board import Board
from u1tray.u1file.bulk.outcomes import Outcome, Status
from u1tray.u1file.bulk.remote_tree import RemoteTree
from u1tray.u1file.words import on_disk
from u1tray.vocabulary.errors import (
    BusyError,
    ConflictError,
    NotFoundError,
    OfflineError,
    RefusedError,
    U1Error,
)

# Without a limit of the person's: more than this part of the target, and more than a few.
MOST_OF_ALL = 0.5
FEW = 10


@dataclass(frozen=True)
class Removal:
    """One thing at the target that is not at the source, or is of another kind there."""

    path: str  # relative
    is_file: bool
    tag: str | None = None
    is_in_the_way: bool = False


def check(
    removals: list[Removal], total: int, limit: int | None, *, is_source_empty: bool = False
) -> None:
    """Raises RefusedError for more deletions than `limit`, or without one than half of all.

    Without one an empty source deletes nothing: it may be a disk that is not mounted.
    """
    count = len(removals)
    if limit is not None:
        if count > limit:
            text = (
                f"{count} deletions are more than --max-delete {limit}. Nothing was changed. "
                "Look with --dry-run."
            )
            raise RefusedError(text, code="too_many_deletions")
    elif count and is_source_empty:
        text = (
            f"The source is empty, and {count} files and folders of the target would be deleted. "
            "Nothing was changed. Is its disk mounted? Look with --dry-run, or allow it by "
            f"--max-delete {count}."
        )
        raise RefusedError(text, code="too_many_deletions")
    elif count > FEW and count > MOST_OF_ALL * total:
        text = (
            f"{count} of {total} files and folders would be deleted, more than half. "
            f"Nothing was changed. Look with --dry-run, or allow it by --max-delete {count}."
        )
        raise RefusedError(text, code="too_many_deletions")


def of_cloud(
    tree: RemoteTree, root: str, is_excluded: Callable[[str], bool]
) -> tuple[list[Removal], int]:
    """What the cloud has and the local folder has not, children first; and how much there is."""
    found: list[Removal] = []
    needed: set[str] = set()  # folders with something excluded below
    total = 0
    for entry in tree.entries():
        total += 1
        if any(is_excluded(path) for path in with_parents(entry.path)):
            needed.update(with_parents(entry.folder))
            continue
        kind = _kind(os.path.join(root, entry.path), entry.is_file)
        if kind is None or kind != entry.is_file:
            found.append(Removal(entry.path, entry.is_file, entry.tag, kind is not None))
    return _children_first([one for one in found if one.path not in needed]), total


def of_disk(
    tree: RemoteTree, root: str, is_excluded: Callable[[str], bool]
) -> tuple[list[Removal], int]:
    """The same the other way round; links and special files stay."""
    found: list[Removal] = []
    total = 0
    folders: set[str] = set()
    for chunk in local_tree.walk(root, is_excluded, lambda _path, _error: None):
        there = tree.of(chunk.path, [one.name for one in chunk.files])
        for one in chunk.files:
            total += 1
            entry = there.get(one.name)
            path = f"{chunk.path}/{one.name}" if chunk.path else one.name
            if entry is None or not entry.is_file:
                found.append(Removal(path, True, is_in_the_way=entry is not None))
        if chunk.path:
            folders.update(with_parents(chunk.path))  # one with folders only has no chunk
    for path in folders:
        folder, _, name = path.rpartition("/")
        entry = tree.of(folder, [name]).get(name)
        if entry is None or entry.is_file:
            found.append(Removal(path, False, is_in_the_way=entry is not None))
    return _children_first(found), total + len(folders)


def from_cloud(
    cloud: Cloud, board: Board, root: str, local: str, removals: list[Removal], *, is_dry: bool
) -> None:
    """Delete them; a file only if it is still what was listed, a folder only if it is empty."""
    by_path = {f"{root}/{one.path}": one for one in removals}
    kept: set[str] = set()  # folders with something below that could not be deleted

    def tell(path: str, error: U1Error | None) -> None:
        place = os.path.join(local, by_path[path].path)
        status = Status.DELETED if error is None else Status.FAILED
        board.tell(Outcome(status, place, path, error=error, is_tried=not is_dry))
        if error is not None:
            kept.update(with_parents(path))

    if is_dry:
        for path in by_path:
            tell(path, None)
        return
    files = ((path, one.tag) for path, one in by_path.items() if one.is_file)
    for path, error in batches.delete(cloud, files):
        tell(path, error)
    folders = (path for path, one in by_path.items() if not one.is_file and path not in kept)
    for path, error in _without_folders(cloud, folders):
        tell(path, error)


def _without_folders(cloud: Cloud, paths: Iterator[str]) -> Iterator[tuple[str, U1Error | None]]:
    """Each folder that was deleted, or could not be; one with something new in it stays."""
    if not cloud.announces(DELETE_EMPTY):
        yield from batches.delete(cloud, ((path, None) for path in paths))
        return
    for path in paths:
        error: U1Error | None = None
        try:
            cloud.files.delete_empty(path)
        except ConflictError:
            continue
        except NotFoundError:
            pass  # gone already
        except (OfflineError, BusyError):
            raise
        except U1Error as found:
            error = found
        yield path, error


def from_disk(
    board: Board, root: str, source: str, removals: list[Removal], *, is_dry: bool
) -> None:
    """Delete them; a folder only if nothing else is in it."""
    for one in removals:
        place, there = os.path.join(root, one.path), f"{source}/{one.path}"
        try:
            if not is_dry:
                with on_disk(place), contextlib.suppress(FileNotFoundError):
                    os.unlink(place) if one.is_file else os.rmdir(place)
        except U1Error as error:
            cause = error.__cause__
            if not (isinstance(cause, OSError) and cause.errno == errno.ENOTEMPTY):
                board.tell(Outcome(Status.FAILED, place, there, error=error))
            continue  # what is excluded, a link, or new meanwhile keeps its folder
        board.tell(Outcome(Status.DELETED, place, there, is_tried=not is_dry, is_here=True))


def with_parents(path: str) -> Iterator[str]:
    """`a`, `a/b`, `a/b/c`."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path


def _children_first(found: list[Removal]) -> list[Removal]:
    """In the order of deletion; what is in a folder that is in the way is so too."""
    ways = {one.path for one in found if one.is_in_the_way}
    if ways:
        found = [
            replace(one, is_in_the_way=not ways.isdisjoint(with_parents(one.path))) for one in found
        ]
    return sorted(found, key=lambda one: (-one.path.count("/"), one.path))


def _kind(place: str, is_file: bool) -> bool | None:
    """Whether it is no folder; None for nothing. What cannot be looked at is taken for the same."""
    try:
        return not stat.S_ISDIR(os.lstat(place).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return is_file
