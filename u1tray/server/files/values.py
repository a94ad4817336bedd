"""Volumes, nodes and contents as plain values. Times in Unix seconds, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

ROOT_PATH = "~/Ubuntu One"  # the volume that every account has (REST contract, 5)

# Those of a content, whole or a part of something larger.
Bytes = bytes | memoryview

# The decoded segments of a path inside a volume; none for the volume's root.
Names = tuple[str, ...]


class Kind(str, Enum):
    """What a node is."""

    FILE = "file"
    DIRECTORY = "directory"


class VolumeType(str, Enum):
    """The root, or a user-defined folder; or what was one, which only those see who remove it."""

    ROOT = "root"
    UDF = "udf"
    DELETED = "deleted"


@dataclass(frozen=True)
class Volume:
    """One volume, with its current generation. `path` is `~/Docs`."""

    id: int
    account_id: int
    uuid: bytes
    path: str
    type: VolumeType
    generation: int
    created_at: float


class Node(NamedTuple):
    """One file or directory. `last_path` is only set on what was deleted.

    `sha1` and `size` are None without content; `has_children` counts live ones. A tuple, because
    a listing makes thousands, and those are made in a third of a frozen dataclass's time.
    """

    id: int
    uuid: bytes
    volume_id: int
    parent_id: int | None
    name: str
    kind: Kind
    is_live: bool
    generation: int
    generation_created: int
    created_at: float
    changed_at: float
    content_id: int | None
    sha1: bytes | None
    size: int | None
    public_id: bytes | None
    last_path: str | None
    has_children: bool

    @classmethod
    def new(
        cls,
        uuid: bytes,
        volume_id: int,
        parent_id: int | None,
        name: str,
        *,
        kind: Kind,
        generation: int,
        created_at: float,
        changed_at: float,
        content: Content | None = None,
    ) -> Node:
        """A live node that is not stored yet: its `id` is 0."""
        return cls(
            id=0,
            uuid=uuid,
            volume_id=volume_id,
            parent_id=parent_id,
            name=name,
            kind=kind,
            is_live=True,
            generation=generation,
            generation_created=generation,
            created_at=created_at,
            changed_at=changed_at,
            content_id=None if content is None else content.id,
            sha1=None if content is None else content.sha1,
            size=None if content is None else content.size,
            public_id=None,
            last_path=None,
            has_children=False,
        )

    @property
    def is_file(self) -> bool:
        return self.kind is Kind.FILE

    @property
    def tag(self) -> str | None:
        """The entity tag, in its double quotes; None without content (3)."""
        return None if self.sha1 is None else f'"{hash_text(self.sha1)}"'


@dataclass(frozen=True)
class Fingerprint:
    """What identifies a content: its SHA-256. The magic hash is never shown or logged (8)."""

    sha256: bytes
    sha1: bytes
    magic: bytes = field(repr=False)
    size: int


# A whole content that is here, with its bytes.
Brought = tuple[Fingerprint, Bytes]


@dataclass(frozen=True)
class Content:
    """One stored content; small ones lie in the database itself."""

    id: int
    sha256: bytes
    sha1: bytes
    size: int
    is_inline: bool


def hash_text(sha1: bytes) -> str:
    """`sha1:` and 40 hexadecimal digits (3)."""
    return f"sha1:{sha1.hex()}"
