"""What is done with many small files goes directory by directory: each is opened once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from u1tray.engine.core.values import Names
from u1tray.engine.local.access import Root, expecting, meaning_of
from u1tray.engine.local.hashing import changed
from u1tray.engine.ports import Changed, DiskError, Stat

_Result = TypeVar("_Result")

Seen = tuple[Names, Stat]
"""A file, and how it was seen."""


def each_in_its_directory(
    root: Root, files: Sequence[Seen], do: Callable[[int, str, Stat], _Result]
) -> Iterator[_Result | Changed | DiskError]:
    """What `do` gives for each file, in order, or in its place why it could not be done.

    It gets the open directory, the file's name in it and its stat.
    """
    for above, some in itertools.groupby(files, lambda file: file[0][:-1]):
        yield from _each_in(root, above, list(some), do)


def _each_in(
    root: Root, above: Names, files: Sequence[Seen], do: Callable[[int, str, Stat], _Result]
) -> list[_Result | Changed | DiskError]:
    try:
        with expecting(above), root.directory(above) as directory:
            return [_one(directory, names, stat, do) for names, stat in files]
    except (Changed, DiskError) as error:
        return [error] * len(files)


def _one(
    directory: int, names: Names, stat: Stat, do: Callable[[int, str, Stat], _Result]
) -> _Result | Changed | DiskError:
    if not names:
        return changed()  # the root is no file
    try:
        return do(directory, names[-1], stat)
    except OSError as error:
        return meaning_of(error, names)
    except (Changed, DiskError) as error:
        return error
