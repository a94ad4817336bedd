"""Small contents that travel together, as plain values: what there is to carry, and how much a
server takes in one request (REST contract, 16.8). The requests themselves are `content_batches`.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from u1tray.rest import fields
from u1tray.rest.nodes import Node
from u1tray.rest.replies import Features
from u1tray.rest.urls import resolve
from u1tray.vocabulary.errors import ContractError, NotFoundError

UPLOAD = "batch_upload"
DOWNLOAD = "batch_download"
NO_BATCHES = "no_batches"  # the code of `missing`

MOST_OPERATIONS = 1000
# Held in memory, and below what our clients take as one answer.
MOST_BYTES = 16 * 1024 * 1024
MOST_LINE_BYTES = 512 * 1024  # of the 1 MiB that a server takes as JSON (12)

_NONE: Mapping[str, str] = MappingProxyType({})
_OPERATION_BYTES = 128  # of the line, beside the path and its headers


@dataclass(frozen=True)
class BatchPut:
    """A content on its way to a `resource_path`; `condition` are headers as for a PUT (7)."""

    path: str
    data: bytes = field(repr=False)
    condition: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class BatchGet:
    """A content wanted from a `resource_path`; `condition` are headers as for a GET (7)."""

    path: str
    condition: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class Offer:
    """What a server takes in one request: its URL, operations, bytes of one content and of all."""

    url: str
    operations: int
    content_bytes: int
    total_bytes: int


class Packing:
    """How much goes into one request, counted as it is filled."""

    def __init__(self, offer: Offer, operations: int = MOST_OPERATIONS, total: int = MOST_BYTES):
        self._operations = min(offer.operations, operations)
        self._bytes = min(offer.total_bytes, total)
        self._content_bytes = offer.content_bytes
        self._line_bytes = MOST_LINE_BYTES

    def takes(self, path: str, size: int) -> bool:
        """Whether there is room for one more of `size` bytes, which is taken then."""
        line = _OPERATION_BYTES + (len(path) if path.isascii() else 6 * len(path))
        if (
            size > self._content_bytes
            or size > self._bytes
            or line > self._line_bytes
            or not self._operations
        ):
            return False
        self._operations -= 1
        self._bytes -= size
        self._line_bytes -= line
        return True


def offer(features: Features, feature: str, base_url: str) -> Offer | None:
    """What is announced for `UPLOAD` or `DOWNLOAD` (16.1); None: it is not to be used."""
    path = features.urls.get(feature, "")
    found = [
        features.limits.get(name, 0)
        for name in ("max_batch_operations", "max_batch_content_bytes", "max_batch_bytes")
    ]
    if not path or not all(0 < limit <= fields.LARGEST for limit in found):
        return None
    operations, content, total = found
    total = min(total, MOST_BYTES)
    return Offer(
        resolve(base_url, path), min(operations, MOST_OPERATIONS), min(content, total), total
    )


class Knowing(Protocol):
    """A client that knows what its server announces."""

    def forget(self, feature: str) -> None:
        """Take an extension for not announced."""


@contextlib.contextmanager
def using(cloud: Knowing, feature: str, offered: Offer | None) -> Iterator[Offer]:
    """What was offered; forgotten where it turns out to be nothing.

    Raises NotFoundError `no_batches`, also for no offer.
    """
    if offered is None:
        raise missing()
    try:
        yield offered
    except NotFoundError as error:
        if error.code == NO_BATCHES:
            cloud.forget(feature)
        raise


def missing() -> NotFoundError:
    """What is raised where the server does not announce the extension, or does not have it."""
    text = "This cloud takes no contents in batches; they must travel one by one."
    return NotFoundError(text, code=NO_BATCHES)


def checked(node: Node, data: bytes) -> Node | ContractError:
    """The node of a stored content if it has the hash of what was sent."""
    if node.hash != hash_of(data):
        return fields.broken(what="the hash of the stored content is another")
    return node


def hash_of(data: bytes) -> str:
    """The content hash (3), such as `sha1:...`"""
    return "sha1:" + hashlib.sha1(data, usedforsecurity=False).hexdigest()
