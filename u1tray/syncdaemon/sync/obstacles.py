"""What keeps files of one volume from being synced: disk, names, want of room, sparing."""

from __future__ import annotations

from collections.abc import Callable

from u1tray.engine.core.operations import Cause, Stuck, Transfer
from u1tray.engine.core.values import Side, Subject
from u1tray.engine.ports import DiskError, Names
from u1tray.engine.runner.volume import VolumeSync
from u1tray.syncdaemon.sparing import Sparing
from u1tray.vocabulary.errors import QuotaError


class Obstacles:
    """Those of a volume as far as is known; `tell` hears of each misnamed file, once."""

    def __init__(self, sync: VolumeSync, sparing: Sparing, tell: Callable[[Names], None]) -> None:
        self._sync = sync
        self._trees = sync.trees
        self._sparing = sparing
        self._tell = tell
        self._misnamed: set[int] = set()
        self._stuck_before = 0

    @property
    def trouble(self) -> DiskError | None:
        """Why nothing is synced at all: what is seen cannot be written down."""
        return self._sync.local.trouble or self._sync.remote.trouble

    @property
    def misnamed(self) -> list[Names]:
        """What is not synced for the cloud cannot hold its name."""
        stuck, trees = self._sync.runner.backlog.stuck, self._trees
        still = [one for one in self._misnamed if _is_misnamed(stuck.get(Subject(one, Side.LOCAL)))]
        # What is stuck may be gone: without a connection nothing is decided about it.
        there = [one for one in still if trees.node(Side.LOCAL, one) is not None]
        return sorted(trees.names(Side.LOCAL, one) for one in there)

    @property
    def unreadable(self) -> list[tuple[Names, str]]:
        """What is not synced for it may not be read, and what the disk says (maybe nothing)."""
        return sorted(dict(self._sync.local.oddities.unreadable()).items())

    @property
    def spared(self) -> list[Transfer]:
        """Files that wait because network or power are spared."""
        if self._sparing.largest is None:
            return []
        return [one for one in self._sync.runner.held.values() if isinstance(one, Transfer)]

    @property
    def is_full(self) -> bool:
        """Something waits for room in the cloud."""
        troubles = self._sync.runner.troubles.values()
        return any(isinstance(one.error, QuotaError) for one in troubles)

    @property
    def refused_sizes(self) -> list[int]:
        """The sizes of the files that wait for room in the cloud, in bytes."""
        troubles = self._sync.runner.troubles.values()
        waiting = [one.operation for one in troubles if isinstance(one.error, QuotaError)]
        return [one.content.size for one in waiting if isinstance(one, Transfer)]

    def tell_misnamed(self) -> None:
        """Each name that the cloud cannot hold, once."""
        stuck = self._sync.runner.backlog.stuck
        if len(stuck) == self._stuck_before:
            return
        self._stuck_before = len(stuck)
        for one in list(stuck.values()):
            is_new = one.node not in self._misnamed
            if _is_misnamed(one) and is_new:
                self._misnamed.add(one.node)
                self._tell(self._trees.names(Side.LOCAL, one.node))


def _is_misnamed(stuck: Stuck | None) -> bool:
    return stuck is not None and stuck.cause is Cause.UNKNOWN_ENCODING and stuck.side is Side.LOCAL
