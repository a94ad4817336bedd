"""Opens the blobs of a content URL, or refuses at the start what can never work."""

from __future__ import annotations

import logging
from pathlib import Path

from u1tray.server.settings.options import Settings
from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess
from u1tray.server.storage.blobs.folder import FOLDER, FolderBlobs
from u1tray.server.storage.blobs.protocol import Blobs
from u1tray.vocabulary.errors import BusyError, U1Error, UsageError

logger = logging.getLogger(__name__)


def open_contents(directory: Path, settings: Settings | None = None) -> Blobs:
    """The blobs of a cloud; by default those of the folder in its data directory.

    An object store that does not answer may come back: no reason to refuse. Raises UsageError
    for a folder that cannot be used, a bucket that is not there, credentials that are refused.
    """
    settings = settings or Settings()
    address = settings.content_url
    if isinstance(address, BucketAddress):
        return _open_bucket(address, settings.object_access)
    folder = directory / FOLDER if address is None else address.folder
    try:
        return FolderBlobs(folder, is_durable=settings.durability == "full")
    except (OSError, U1Error) as error:
        message = f"cannot use the contents in {folder}: {error}"
        raise UsageError(message) from error


def _open_bucket(address: BucketAddress, access: ObjectAccess) -> Blobs:
    # The library is large, and most clouds keep a folder.
    from u1tray.server.storage.blobs.bucket import OPTIONS, Bucket  # noqa: PLC0415
    from u1tray.server.storage.blobs.object_store import ObjectBlobs  # noqa: PLC0415

    for option in ("endpoint", "region", "access_key_id", "secret_access_key"):
        if getattr(access, option) is not None and option not in OPTIONS[address.scheme]:
            message = f"object_store_{option} means nothing to {address.scheme}://"
            raise UsageError(message)
    try:
        blobs = ObjectBlobs(Bucket(address, access))
        blobs.probe()
    except BusyError as error:
        if error.code == "maintenance":
            message = f"cannot use the contents in {address}: {error.text}"
            raise UsageError(message) from error
        logger.warning("starting although %s does not answer", address)
    return blobs
