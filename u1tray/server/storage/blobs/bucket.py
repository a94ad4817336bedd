"""An object store's bucket: the one place that calls obstore, where its errors become ours.

Every call is bounded: by a time-out for each request, and by few attempts. Functions block; the
library works beside Python's threads meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from u1tray.server.storage.blobs.address import BucketAddress, ObjectAccess
from u1tray.server.storage.blobs.unfinished import UnfinishedUploads
from u1tray.vocabulary.errors import BusyError, QuotaError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

logger = logging.getLogger(__name__)

PART_BYTES = 8 * 1024 * 1024  # of a large object while it is written; S3 wants at least 5 MiB
_PARTS_AT_ONCE = 2
_CONNECT_TIMEOUT_S = 5.0
_MAX_RETRIES = 3
_RETRY_AFTER_S = 5.0
_FULL = re.compile(r"507 Insufficient Storage|StorageFull|QuotaExceeded")
_REFUSED = re.compile(r"40[134] |NoSuchBucket|InvalidAccessKeyId|SignatureDoesNotMatch")
_QUERY = re.compile(r"\?\S*")  # may hold a signature
_MAX_LOGGED = 300
# What our options are called in the library; a store knows no others.
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "endpoint": "endpoint",
        "region": "region",
        "access_key_id": "access_key_id",
        "secret_access_key": "secret_access_key",
    },
    "az": {
        "endpoint": "endpoint",
        "access_key_id": "account_name",
        "secret_access_key": "account_key",
    },
    "gs": {"endpoint": "base_url"},
}
_KINDS = {"s3": S3Store, "az": AzureStore, "gs": GCSStore}
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True)
class Found:
    """One object; `modified_at` in Unix seconds by the store's clock."""

    key: str
    size: int
    modified_at: float


class Bucket:
    """Objects by key, below the address's prefix."""

    def __init__(self, address: BucketAddress, access: ObjectAccess) -> None:
        """Connects to nothing yet. Raises BusyError `maintenance` for options that are wrong."""
        try:
            self._store = _store(address, access)
        except (BaseError, OSError, ValueError) as error:
            raise _refused(error) from error
        self._unfinished = UnfinishedUploads(address, access)

    def put(self, key: str, data: bytes) -> None:
        """Store an object whole, instead of any there was."""
        with _ours(is_writing=True):
            obstore.put(self._store, key, data, use_multipart=False)

    def put_stream(self, key: str, pieces: Iterator[bytes]) -> None:
        """Store an object part by part; nothing is there before all is.

        What ends `pieces` early gives up the parts and comes out here.
        """
        with _ours(is_writing=True):
            obstore.put(
                self._store,
                key,
                pieces,
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def copy(self, source: str, target: str) -> None:
        """Store an object once more under another key, without its bytes coming by here."""
        with _ours(is_writing=True):
            obstore.copy(self._store, source, target)

    def find(self, key: str) -> Found | None:
        """What is known of an object; None when it is not there."""
        with _ours(), contextlib.suppress(FileNotFoundError):
            return _found(obstore.head(self._store, key))
        return None

    def range(self, key: str, offset: int, count: int) -> bytes:
        """Exactly these bytes. Raises FileNotFoundError."""
        with _ours():
            piece = bytes(obstore.get_range(self._store, key, start=offset, length=count))
        if len(piece) != count:
            message = "a stored content is shorter than it should be"
            raise BusyError(message, code="maintenance", retry_after=_RETRY_AFTER_S)
        return piece

    def list(self, prefix: str) -> Iterator[Found]:
        """All objects whose keys begin with a prefix and a slash."""
        with _ours():
            for page in obstore.list(self._store, prefix=prefix):
                yield from map(_found, page)

    def give_up_unfinished(self, folders: tuple[str, ...], before: float) -> int:
        """End uploads in parts that were begun before a moment (Unix seconds); how many."""
        return self._unfinished.give_up(folders, before)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there does no harm."""
        with _ours(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, key)


def _store(address: BucketAddress, access: ObjectAccess) -> ObjectStore:
    timeout = timedelta(seconds=access.timeout_s)
    common: dict[str, Any] = {
        "prefix": address.prefix or None,
        "client_options": {
            "connect_timeout": timedelta(seconds=min(_CONNECT_TIMEOUT_S, access.timeout_s)),
            "timeout": timeout,
        },
        "retry_config": {
            "max_retries": _MAX_RETRIES,
            "retry_timeout": timeout,
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=2),
                "base": 2,
            },
        },
    }
    endpoints = (access.endpoint, *map(os.environ.get, _ENDPOINT_VARIABLES))
    if (next(filter(None, endpoints), None) or "").startswith("http://"):
        common["client_options"]["allow_http"] = True
    names = OPTIONS[address.scheme]
    given = {name: getattr(access, option) for option, name in names.items()}
    config: Any = {name: value for name, value in given.items() if value is not None}
    kind: Any = _KINDS[address.scheme]
    store: ObjectStore = kind(address.bucket, config=config, **common)
    return store


def _found(meta: Any) -> Found:
    return Found(meta["path"], meta["size"], meta["last_modified"].timestamp())


@contextlib.contextmanager
def _ours(*, is_writing: bool = False) -> Iterator[None]:
    """The store's errors that a client has to know about."""
    try:
        yield
    except FileNotFoundError as error:
        if not is_writing:
            raise
        raise _refused(error) from error
    except (BaseError, OSError, ValueError) as error:
        text = str(error)
        if _FULL.search(text):
            message = "the object store is full"
            raise QuotaError(message, code="server_full") from error
        if _REFUSED.search(text):
            raise _refused(error) from error
        logger.warning("the object store fails: %s", _first_line(error))
        message = "the object store does not answer"
        raise BusyError(message, code="busy", retry_after=_RETRY_AFTER_S) from error


def _refused(error: Exception) -> BusyError:
    logger.warning("the object store refuses: %s", _first_line(error))
    message = f"the object store refuses: {_first_line(error)}"
    return BusyError(message, code="maintenance", retry_after=_RETRY_AFTER_S)


def _first_line(error: Exception) -> str:
    return _QUERY.sub("", str(error).strip().partition("\n")[0])[:_MAX_LOGGED]
