"""What sync did, from the journals of all volumes, and taking it back. All values are text."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from u1tray.engine.core.deeds import JournalEntry
from u1tray.engine.core.values import Content, Side
from u1tray.engine.ports import Names
from u1tray.engine.runner.undoing import Undone
from u1tray.syncdaemon.sync.syncing import Syncing
from u1tray.syncdaemon.sync.volume import SyncedVolume
from u1tray.syncdaemon.sync.work import printable
from u1tray.vocabulary.errors import NotFoundError

LONGEST_ANSWER = 1000
_LARGEST_ID = 2**63 - 1
_SIDES = {Side.LOCAL: "folder", Side.REMOTE: "cloud"}


class History:
    """The journals of all volumes."""

    def __init__(self, syncing: Syncing) -> None:
        self._syncing = syncing

    def last(self, most: int) -> list[dict[str, str]]:
        """The last entries of all volumes, oldest first; at most LONGEST_ANSWER."""
        most = min(most, LONGEST_ANSWER)
        found = [(e, v) for v in self._volumes() for e in v.sync.journal.last(most)]
        found.sort(key=lambda pair: pair[0].at)
        return [_told(entry, volume) for entry, volume in (found[-most:] if most else [])]

    def after(self, seen: Mapping[str, str]) -> list[dict[str, str]]:
        """Entries after those whose ids were seen, by volume id; at most LONGEST_ANSWER a volume.

        Of a volume that is not in `seen`, all. Raises ValueError for an id that is none.
        """
        found = [
            (entry, volume)
            for volume in self._volumes()
            for entry in volume.sync.journal.after(
                _id(seen.get(volume.subscription.volume_id, "0")), LONGEST_ANSWER
            )
        ]
        found.sort(key=lambda pair: pair[0].at)
        return [_told(entry, volume) for entry, volume in found]

    async def undo(
        self, seconds: float, path: Path | None, *, is_dry: bool
    ) -> list[dict[str, str]]:
        """Take back what was done in the last seconds, at or below a path, or anywhere.

        Raises NotFoundError for a path in no folder that is synced.
        """
        since = time.time() - seconds
        found = []
        for volume, below in self._places(path):
            done = await volume.sync.undoing.undo(since, below, is_dry=is_dry)
            found += [_result(one, volume, is_dry=is_dry) for one in done]
        return found

    def _places(self, path: Path | None) -> list[tuple[SyncedVolume, Names]]:
        if path is None:
            return [(volume, ()) for volume in self._volumes()]
        for volume in self._volumes():
            directory = volume.subscription.directory
            if path.is_relative_to(directory):
                return [(volume, path.relative_to(directory).parts)]
        text = f"{path} is in no folder that is synced."
        raise NotFoundError(text)

    def _volumes(self) -> list[SyncedVolume]:
        return [volume for _, volume in sorted(self._syncing.volumes.items())]


def _id(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return min(number, _LARGEST_ID)


def _told(entry: JournalEntry, volume: SyncedVolume) -> dict[str, str]:
    """An entry as the bus sees it; keys without a value are left out."""
    moment = datetime.fromtimestamp(entry.at, timezone.utc)
    found = {
        "id": str(entry.id),
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "side": _SIDES[entry.side],
        "deed": entry.deed.value,
        "kind": entry.kind.value,
        "path": _path(volume, entry.names),
        "target": "" if entry.target is None else _path(volume, entry.target),
        "old_hash": _hash(entry.before),
        "old_size": _size(entry.before),
        "new_hash": _hash(entry.after),
        "new_size": _size(entry.after),
    }
    told = {key: value for key, value in found.items() if value}
    return {"volume_id": volume.subscription.volume_id, **told}


def _result(one: Undone, volume: SyncedVolume, *, is_dry: bool) -> dict[str, str]:
    found = _told(one.entry, volume)
    if one.way is not None:
        found |= {"result": "planned" if is_dry else "done", "way": one.way.value}
    if one.reason is not None:
        found |= {"result": "refused", "reason": one.text or one.reason.value}
    if one.aside is not None:
        found["aside"] = _path(volume, one.aside)
    return found


def _path(volume: SyncedVolume, names: Names) -> str:
    return printable(str(volume.subscription.directory.joinpath(*names)))


def _hash(content: Content | None) -> str:
    return "" if content is None else f"sha1:{content.sha1.hex()}"


def _size(content: Content | None) -> str:
    return "" if content is None else str(content.size)
