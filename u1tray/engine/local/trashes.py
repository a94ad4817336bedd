"""The trashes of one folder: what the person deletes goes to theirs, what is replaced to ours."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from u1tray.engine.local.ignore import OWN_TRASH
from u1tray.engine.local.trash import Trash, home_trash, trash_of_disk

PRUNE_SECONDS = 3600.0


@dataclass(frozen=True)
class Places:
    """Where things of the engine are that are not in the folder.

    `own_trash` takes what is replaced; with `use_trash`, what is deleted goes to that of the
    person below `data_home`, or on the folder's own disk.
    """

    own_trash: Path
    data_home: Path
    use_trash: bool = True


class Trashes:
    """Those that a folder has, the first to be tried first."""

    def __init__(self, root: Path, places: Places) -> None:
        own = Trash(places.own_trash, is_ours=True)
        hidden = Trash(root / OWN_TRASH, is_ours=True)
        self.ours = (own, hidden)
        self.all: tuple[Trash, ...] = self.ours
        if places.use_trash:
            of_disk = trash_of_disk(root)
            persons = [home_trash(places.data_home), *([] if of_disk is None else [of_disk])]
            self.all = (*persons, *self.ours)
        self._next_prune = 0.0

    def prune_at_times(self) -> None:
        """Take from ours what is too old, unless that was done a moment ago. In a thread."""
        now = time.monotonic()
        if now >= self._next_prune:
            self._next_prune = now + PRUNE_SECONDS
            for trash in self.ours:
                trash.prune()
