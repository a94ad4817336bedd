"""The copies that conflicts leave, told by their names."""

from __future__ import annotations

import re

from u1tray.engine.ports import Names
from u1tray.syncdaemon.sync.volume import SyncedVolume

_MARK = re.compile(r" \(conflict .+ \d{4}-\d\d-\d\d \d\d\.\d\d( \d+)?\)")


def copies(volume: SyncedVolume) -> list[Names]:
    """The paths of the copies in a volume, below its folder."""
    return [names for names in volume.trees.conflicting_names() if is_copy(names[-1])]


def is_copy(name: str) -> bool:
    """Whether a conflict's copy has such a name."""
    return _MARK.search(name) is not None


def told(volume: SyncedVolume, names: Names) -> str:
    """What a conflict has to do with a path, as a sentence; empty if there was none."""
    if not names:
        return ""
    if is_copy(names[-1]):
        return "It is the copy that a conflict left; the other version kept the name."
    for copy in copies(volume):
        if copy[:-1] == names[:-1] and _MARK.sub("", copy[-1], count=1) == names[-1]:
            return f"There was a conflict; the other version is {copy[-1]}"
    return ""
