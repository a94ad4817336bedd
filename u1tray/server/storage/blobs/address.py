"""Where contents are kept, as the option `content_url` says it, and how to get there."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

OBJECT_SCHEMES = ("s3", "gs", "az")
_EXAMPLES = "write file:///PATH, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
DEFAULT_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class FolderAddress:
    """A folder of this machine, or one that several machines mount."""

    folder: Path

    def __str__(self) -> str:
        return self.folder.as_uri()


@dataclass(frozen=True)
class BucketAddress:
    """A bucket of an object store, and the begin of all keys in it (or nothing)."""

    scheme: str
    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}/{self.prefix}".rstrip("/")


ContentAddress = FolderAddress | BucketAddress


@dataclass(frozen=True)
class ObjectAccess:
    """How to reach an object store. What is None comes from the usual variables such as AWS_*.

    `timeout_s` is what one request to it may take.
    """

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    timeout_s: float = DEFAULT_TIMEOUT_S


def parse_content_url(text: str) -> ContentAddress:
    """The place of a URL. Raises ValueError, also where the library for it is not installed."""
    parts = urlsplit(text.strip())
    if parts.query or parts.fragment or "@" in parts.netloc:
        message = f"a content URL has neither user nor query: {_EXAMPLES}"
        raise ValueError(message)
    if parts.scheme == "file":
        return _folder(parts.netloc, unquote(parts.path))
    if parts.scheme not in OBJECT_SCHEMES:
        message = f"not a content URL: {text.strip()!r} ({_EXAMPLES})"
        raise ValueError(message)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", parts.netloc):
        message = f"{text.strip()!r} names no bucket: {_EXAMPLES}"
        raise ValueError(message)
    if importlib.util.find_spec("obstore") is None:
        message = (
            f"{parts.scheme}:// needs a library that is not installed:"
            " pip install 'u1tray[object-store]'"
        )
        raise ValueError(message)
    return BucketAddress(parts.scheme, parts.netloc, unquote(parts.path).strip("/"))


def parse_endpoint_url(text: str) -> str:
    """`http://127.0.0.1:9000`. Raises ValueError."""
    endpoint = text.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", endpoint):
        message = f"not an http or https URL without user and query: {text.strip()!r}"
        raise ValueError(message)
    return endpoint


def _folder(host: str, path: str) -> FolderAddress:
    if host not in ("", "localhost") or not path.startswith("/") or "\0" in path:
        message = f"a file URL has three slashes and an absolute path: {_EXAMPLES}"
        raise ValueError(message)
    return FolderAddress(Path(path))
