"""Which partials go with a store of blobs."""

from __future__ import annotations

from u1tray.server.clock import Clock
from u1tray.server.storage.blobs.folder import FolderBlobs
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.partials.folder import FolderPartials
from u1tray.server.storage.partials.parts import StoredPartials
from u1tray.server.storage.partials.protocol import Partials


def open_partials(blobs: Blobs, database: Database, clock: Clock) -> Partials:
    """Files beside blobs that are files, parts in any other store. Raises OSError."""
    if isinstance(blobs, FolderBlobs):
        return FolderPartials(blobs)
    return StoredPartials(blobs, database, clock)
