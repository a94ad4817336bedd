"""What a person should know beside the contract: held deletions, conflicts, what fails and why."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Hashable
from pathlib import Path

from u1tray.engine.core import operations as op
from u1tray.engine.core.values import Side, Subject
from u1tray.engine.ports import Changed, DiskError
from u1tray.syncdaemon.sync import conflicts
from u1tray.syncdaemon.sync.explanation import UNKNOWN_ENCODING, UNREADABLE, explain
from u1tray.syncdaemon.sync.subscriptions import Subscription
from u1tray.syncdaemon.sync.syncing import Syncing
from u1tray.syncdaemon.sync.volume import SyncedVolume
from u1tray.syncdaemon.sync.work import key_of, printable
from u1tray.vocabulary.errors import BusyError, OfflineError, QuotaError, U1Error

MOST_COUNTED = 10_000
_LARGEST_NUMBER = 2**63 - 1
_FLEETING = (Changed, OfflineError, BusyError)
_Failure = tuple[str, Subject | None, str]
"""The volume's path, what could not be synced (None: all of it), and why."""


class Report:
    """Looks at all volumes, and acts on what is held. All values are text, as on the bus."""

    def __init__(self, syncing: Syncing, free: Callable[[], int | None] = lambda: None) -> None:
        """`free` tells the bytes that are free in the cloud, if that is known."""
        self._syncing = syncing
        self._free = free

    def held(self) -> list[dict[str, str]]:
        """Deletions that wait for a person; `lost_in` is the side that lost the files.

        `shown` stands for all of the answer: `apply_held` takes it.
        """
        holds = [volume.sync.holds for volume in self._volumes()]
        last = max((one.last_number for one in holds), default=0)
        number = max(int(time.time()), last + 1)
        shown = max((one.show(number) for one in holds), default=0)
        return [{**one, "shown": str(shown)} for one in self._held()]

    def _held(self) -> list[dict[str, str]]:
        found = []
        for volume, side in self._sides():
            if volume.sync.is_held[side]:
                loss = volume.sync.holds.loss(side)
                where = {
                    "path": str(volume.subscription.directory),
                    "volume_id": volume.subscription.volume_id,
                    "lost_in": "cloud" if side is Side.REMOTE else "folder",
                }
                counts = {"files": loss.files, "of": loss.total, "deleted": loss.deleted}
                found.append(where | {name: str(count) for name, count in counts.items()})
        return found

    def _sides(self) -> list[tuple[SyncedVolume, Side]]:
        return [(volume, side) for volume in self._volumes() for side in Side]

    def summary(self) -> dict[str, str]:
        """How many files wait for a person or for room, and what else fails, as decimal text.

        `held_lost_in` is the side that lost what is held: `folder`, `cloud`, `both` or ``.
        """
        held = self._held()
        sides = sorted({one["lost_in"] for one in held})
        full, failing = self._failures()
        return {
            "held": str(sum(int(one["files"]) for one in held)),
            "held_lost_in": "both" if len(sides) > 1 else "".join(sides),
            "conflicts": str(len(self.conflicts())),
            "waiting_for_room": str(len(full)),
            "troubles": str(len(failing)),
            "spared": str(sum(len(volume.obstacles.spared) for volume in self._volumes())),
            "sparing": self._syncing.sparing.reason,
            "unwatched": str(sum(len(one.folder.watcher.unwatched) for one in self._volumes())),
        }

    def outstanding(self) -> int:
        """How many files and directories are not the same on both sides; MOST_COUNTED at most."""
        differences = (
            volume.trees.differences() for volume in self._volumes() if not volume.is_at_peace
        )
        found = itertools.islice(itertools.chain.from_iterable(differences), MOST_COUNTED)
        return sum(1 for _ in found)

    def fingerprint(self) -> Hashable:
        """Another value whenever held deletions, conflicts, or what fails are others.

        Not of how many files something is lost: that is another with every file that is synced.
        """
        held = tuple((one["volume_id"], one["lost_in"], one["files"]) for one in self._held())
        spared = sum(len(volume.obstacles.spared) for volume in self._volumes())
        sparing = self._syncing.sparing.reason
        return held, spared, sparing, tuple(self.conflicts()), *map(frozenset, self._failures())

    def _failures(self) -> tuple[list[_Failure], list[_Failure]]:
        """What waits for room, and what else will not get better by itself in a moment."""
        full: list[_Failure] = []
        failing: list[_Failure] = [
            (subscription.path, None, error.text) for subscription, error, _ in self._refused()
        ]
        failing += [(path, None, why) for path, why, _ in self._left_out()]
        for volume in self._volumes():
            for subject, trouble in volume.sync.runner.troubles.items():
                found = full if isinstance(trouble.error, QuotaError) else failing
                if not isinstance(trouble.error, _FLEETING):
                    found.append((volume.subscription.path, subject, trouble.error.text))
        return full, failing

    def apply_held(self, shown: str) -> list[dict[str, str]]:
        """The held deletions that an answer of `held` showed are meant; what is held after that.

        What was lost after that answer stays held. Raises ValueError for what is no `shown`,
        DiskError.
        """
        if not shown.isdecimal() or int(shown) > _LARGEST_NUMBER:
            raise ValueError(shown)
        for volume in self._volumes():
            volume.sync.apply_held(int(shown))
        return self.held()

    def restore_held(self) -> None:
        """They are not meant: what is lost comes back."""
        for volume in self._volumes():
            volume.sync.restore_held()

    def conflicts(self) -> list[str]:
        """The copies that conflicts left."""
        return [
            printable(str(volume.subscription.directory.joinpath(*names)))
            for volume in self._volumes()
            for names in conflicts.copies(volume)
        ]

    def troubles(self) -> list[dict[str, str]]:
        """What failed and will be tried again."""
        whole = [
            {
                "path": printable(str(subscription.directory)),
                "operation": "Local",
                "error": error.text,
                "code": error.code,
                "oops_id": error.oops_id,
                "times": str(times),
                "kind": _kind(error),
            }
            for subscription, error, times in self._refused()
        ]
        whole += [
            {
                "path": path,
                "operation": operation,
                "error": why,
                "code": "",
                "oops_id": "",
                "times": "1",
                "kind": "lasting",
            }
            for path, why, operation in self._left_out()
        ]
        return whole + [
            {
                "path": _path(volume, trouble.operation),
                "operation": (key_of(trouble.operation) or ("Local", 0))[0],
                "error": trouble.error.text,
                "code": trouble.error.code,
                "oops_id": trouble.error.oops_id,
                "times": str(trouble.times),
                "kind": _kind(trouble.error),
            }
            for volume in self._volumes()
            for trouble in volume.sync.runner.troubles.values()
        ]

    async def explain(self, path: Path) -> dict[str, str]:
        """Why a path is or is not in sync; `state` `outside` where nothing is synced."""
        found = await self._explain(path)
        return {key: printable(value) for key, value in found.items()}

    async def _explain(self, path: Path) -> dict[str, str]:
        for volume in self._volumes():
            directory = volume.subscription.directory
            if path.is_relative_to(directory):
                names = path.relative_to(directory).parts
                found = await explain(volume, names, self._free())
                return {"path": str(path), "folder": str(directory), **found}
        for subscription, error, _ in self._refused():
            directory = subscription.directory
            if path.is_relative_to(directory):
                sentence = f"Nothing of this folder is synced for now: {error.text}."
                where = {"path": str(path), "folder": str(directory)}
                return {**where, "state": "waiting", "sentence": sentence}
        sentence = "It is in no folder that is synced."
        return {"path": str(path), "state": "outside", "sentence": sentence}

    def _left_out(self) -> list[tuple[str, str, str]]:
        """What a person has to mend before it can be synced: path, why, command of the queue."""
        found = []
        for volume in self._volumes():
            directory = volume.subscription.directory
            found += [
                (printable(str(directory.joinpath(*names))), UNKNOWN_ENCODING, "Upload")
                for names in volume.obstacles.misnamed
            ]
            found += [
                (printable(str(directory.joinpath(*names))), why or UNREADABLE, "Local")
                for names, why in volume.obstacles.unreadable
            ]
        return found

    def _refused(self) -> list[tuple[Subscription, DiskError, int]]:
        """Folders of which nothing is synced, for the disk refuses; how often it did."""
        found = [(one.subscription, one.error, one.times) for one in self._syncing.refusals]
        for volume in self._volumes():
            if (trouble := volume.obstacles.trouble) is not None:
                found.append((volume.subscription, trouble, 1))
        return found

    def _volumes(self) -> list[SyncedVolume]:
        return [volume for _, volume in sorted(self._syncing.volumes.items())]


def _kind(error: U1Error) -> str:
    """`room`, `passing` or `lasting`: what is to be waited for."""
    if isinstance(error, QuotaError):
        return "room"
    return "passing" if isinstance(error, _FLEETING) else "lasting"


def _path(volume: SyncedVolume, operation: op.Operation) -> str:
    """Where an operation takes place, as far as that is still known."""
    trees, directory = volume.trees, volume.subscription.directory
    try:
        match operation:
            case op.Transfer(side, source) | op.Make(side, source):
                names = trees.names(side.other, source)
            case op.Move(side, node) | op.Delete(side, node):
                names = trees.names(side, node)
            case op.SetAside(node):
                names = trees.names(Side.LOCAL, node)
            case _:
                names = ()
    except KeyError:
        names = ()
    return printable(str(directory.joinpath(*names)))
