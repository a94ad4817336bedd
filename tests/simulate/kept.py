"""What must not be lost: all that people wrote, and neither replaced nor deleted themselves."""

from __future__ import annotations

import random

from tests.simulate.cloud import CloudVolume
from tests.simulate.devices import Device
from tests.simulate.disk import content_of
from u1tray.engine.ports import Names


class Kept:
    """The contents of a run that must be in the cloud in the end. Each is written once."""

    def __init__(self) -> None:
        self.contents: set[bytes] = set()
        self._in_cloud_only: set[bytes] = set()
        self._written = 0

    def new(self, chance: random.Random) -> bytes:
        """Bytes that were never there."""
        self._written += 1
        return self._keep(b"%d " % self._written * chance.randint(1, 6))

    def new_like(self, old: bytes) -> bytes:
        """Other bytes, as many as these if that can be."""
        self._written += 1
        return self._keep((b"%d" % self._written).ljust(len(old)))

    def give_up(self, device: Device, names: Names) -> None:
        """A person replaced or deleted this: it need not be kept."""
        for path in [names, *device.disk.walk()]:
            if path[: len(names)] == names:
                self.contents.discard(device.disk.find(path).data)

    def lose_folder(self, device: Device, folder: dict, cloud: CloudVolume) -> None:
        """This was in the folder of a device, which is gone for good."""
        in_cloud = set(contents_in(cloud.picture()))
        gone = set(contents_in(folder))
        # What was moved there, and is deleted where it was, is on its way to the cloud again.
        query = "SELECT sha1 FROM entries WHERE local IS NULL"
        deleted = {row[0] for row in device.store.connection.execute(query)}
        in_cloud -= {data for data in gone if content_of(data).sha1 in deleted}
        self.contents -= gone - in_cloud
        self._in_cloud_only |= gone

    def go_back(self, cloud: CloudVolume, devices: list[Device]) -> None:
        """The cloud is an older one: what only it had, for a folder was lost, cannot come back."""
        found = contents_in(cloud.picture())
        for device in devices:
            found += contents_in(device.disk.picture())
            if device.away is not None:
                found += contents_in(device.disk.picture(device.away))
        self.contents -= self._in_cloud_only - set(found)

    def _keep(self, data: bytes) -> bytes:
        self.contents.add(data)
        return data


def contents_in(picture: dict) -> list[bytes]:
    """The contents of all files in a picture of a disk or of the cloud."""
    found = []
    for value in picture.values():
        found += contents_in(value) if isinstance(value, dict) else [value]
    return found
