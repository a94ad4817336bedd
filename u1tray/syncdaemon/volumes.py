"""The volumes an account has, as the bus sees them (D-Bus contract, 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from u1tray.vocabulary.quota import Quota

ROOT_ID = ""
# The id of the root's node is told by the volumes requests, which this daemon does not make yet:
# until then it is an id not known (3.1).
_UNKNOWN_NODE_ID = "marker:root"


@dataclass(frozen=True)
class RootVolume:
    """The volume every account has; `path` is the folder it is synced to."""

    path: Path
    quota: Quota

    def to_wire(self) -> dict[str, str]:
        """The volume dict of type Root."""
        return {
            "volume_id": ROOT_ID,
            "node_id": _UNKNOWN_NODE_ID,
            "generation": "",
            "subscribed": "True",
            "type": "Root",
            "path": str(self.path),
            "free_bytes": str(self.quota.free),
        }
