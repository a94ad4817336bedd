"""Many files into one volume in one transaction, by the rules of uploads (REST contract, 5 to 9).

Every file takes a generation and the quota counts, as if each had been uploaded; but the tree is
looked at once, and stored once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from u1tray.server.admin.folders.report import Reason
from u1tray.server.files import paths, volumes
from u1tray.server.files.tree import Edit, Place, locate
from u1tray.server.files.values import Content, Fingerprint, Kind, Names, Node
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.storage.metadata import garbage
from u1tray.server.storage.metadata import nodes as rows
from u1tray.server.storage.metadata.database import UndoneError
from u1tray.vocabulary.errors import BusyError


@dataclass(frozen=True)
class Plant:
    """A file to be stored, or a directory; `names` lead to it inside the volume.

    `data` is None where a blob holds the bytes.
    """

    names: Names
    fingerprint: Fingerprint | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Bed:
    """Where they go."""

    account_id: int
    volume_path: str
    is_stored: Callable[[bytes], bool]


@dataclass
class Planted:
    """What became of them. `refused` is the file for which there was no room, and what follows."""

    files: int = 0
    size: int = 0
    kept: int = 0
    directories: int = 0
    left_out: list[tuple[Names, Reason]] = field(default_factory=list)
    refusal: Refusal | None = None


def plant(connection: Connection, bed: Bed, batch: Sequence[Plant], now: float) -> Planted:
    """Store a batch, in the order given, until the quota is reached."""
    volume = volumes.containing(connection, bed.account_id, bed.volume_path, lock=True)
    edit = Edit(connection, volume, now)
    planter = _Planter(edit, bed, now)
    for one in batch:
        if not planter.plant(one):
            break
    edit.finish()
    return planter.planted


class _Planter:
    """One transaction's work."""

    def __init__(self, edit: Edit, bed: Bed, now: float) -> None:
        self.planted = Planted()
        self._edit = edit
        self._bed = bed
        self._now = now
        root = locate(edit.connection, edit.volume, ())
        self._directories: dict[Names, Place] = {(): root}

    def plant(self, one: Plant) -> bool:
        """Whether to go on."""
        try:
            if one.fingerprint is None:
                self._directory(one.names)
            else:
                self._file(one, one.fingerprint)
        except _InTheWayError:
            self.planted.left_out.append((one.names, Reason.IN_THE_WAY))
        except UndoneError:
            raise
        except BusyError:
            self.planted.left_out.append((one.names, Reason.BUSY))
        except Refusal as refusal:
            if refusal.code is not Code.PATH_TOO_LONG:
                self.planted.refusal = refusal
                return False
            self.planted.left_out.append((one.names, Reason.PATH_TOO_LONG))
        return True

    def _directory(self, names: Names) -> Place:
        """The place of a directory, made if it is not there."""
        known = self._directories.get(names)
        if known is not None:
            return known
        paths.check_inside(names)
        parent = self._directory(names[:-1])
        place = self._below(parent, names[-1])
        if place.node is None:
            node = self._edit.create(place, Kind.DIRECTORY)
            place = Place((*parent.found, node), ())
            self.planted.directories += 1
        elif place.node.is_file:
            raise _InTheWayError
        self._directories[names] = place
        return place

    def _file(self, one: Plant, fingerprint: Fingerprint) -> None:
        paths.check_inside(one.names)
        parent = self._directory(one.names[:-1])
        place = self._below(parent, one.names[-1])
        if place.node is not None and not place.node.is_file:
            raise _InTheWayError
        content = self._content(one, fingerprint)
        if place.node is None:
            self._edit.create(place, Kind.FILE, content)
        elif place.node.content_id == content.id:
            self.planted.kept += 1
            return
        else:
            self._edit.fill(place.node, content)
        self.planted.files += 1
        self.planted.size += content.size

    def _content(self, one: Plant, fingerprint: Fingerprint) -> Content:
        connection = self._edit.connection
        return garbage.take(connection, fingerprint, one.data, self._now, self._bed.is_stored)

    def _below(self, parent: Place, name: str) -> Place:
        node = self._child(parent.found[-1], name)
        if node is None:
            return replace(parent, missing=(name,))
        return Place((*parent.found, node), ())

    def _child(self, parent: Node, name: str) -> Node | None:
        return rows.child(self._edit.connection, parent.id, name)


class _InTheWayError(Exception):
    """A file stands where a directory belongs, or the other way round."""
