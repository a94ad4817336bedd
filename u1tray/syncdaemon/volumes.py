"""The volumes an account has, as the bus sees them (D-Bus contract, 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from u1tray.vocabulary.wire import flag

ROOT_ID = ""
ROOT_PATH = "~/Ubuntu One"  # the same for every account (REST contract, 5)


@dataclass(frozen=True)
class Volume:
    """A volume; `cloud_path` such as `~/Docs`, `directory` is or would be its folder.

    The id of a folder is its path in the cloud, which never changes; that of the root is `''`.
    """

    cloud_path: str
    directory: Path
    node_id: str
    generation: str
    subscribed: bool
    free: int = 0  # bytes

    @property
    def is_root(self) -> bool:
        """Whether it is the one that every account has."""
        return self.cloud_path == ROOT_PATH

    @property
    def id(self) -> str:
        """Its id on the bus."""
        return volume_id_of(self.cloud_path)

    def to_wire(self) -> dict[str, str]:
        """The volume dict of type Root or UDF."""
        found = {
            "volume_id": self.id,
            "node_id": self.node_id,
            "generation": self.generation,
            "subscribed": flag(self.subscribed),
            "type": "Root" if self.is_root else "UDF",
            "path": str(self.directory),
        }
        if self.is_root:
            return {**found, "free_bytes": str(self.free)}
        return {**found, "suggested_path": self.cloud_path}


def volume_id_of(cloud_path: str) -> str:
    """The id on the bus of a volume of the cloud."""
    return ROOT_ID if cloud_path == ROOT_PATH else cloud_path
