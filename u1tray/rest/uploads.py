"""Resumable uploads as plain requests and replies: tus 1.0.0 (REST contract, 16.3)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from u1tray.rest import fields
from u1tray.rest.failures import Reply
from u1tray.rest.fields import LARGEST
from u1tray.rest.requests import Request
from u1tray.rest.urls import resolve
from u1tray.vocabulary.errors import UsageError

# Below, an upload that begins again costs less than asking (16.3).
RESUMABLE_ABOVE_BYTES = 16 * 1024 * 1024
FEATURE = "uploads"

_TUS: Mapping[str, str] = MappingProxyType({"Tus-Resumable": "1.0.0"})
_OCTETS = "application/offset+octet-stream"
# The preconditions of a content PUT (7), as the metadata name them.
_CONDITIONS = MappingProxyType({"If-Match": "if_match", "If-None-Match": "if_none_match"})


def create(uploads_url: str, target: str, size: int, condition: Mapping[str, str]) -> Request:
    """`POST API/uploads/`: an upload of `size` bytes to a `resource_path`.

    Raises UsageError for a path that is no UTF-8.
    """
    values = {"target": target, **{_CONDITIONS[name]: text for name, text in condition.items()}}
    headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": _metadata(values)}
    return Request("POST", uploads_url, headers)


def look(url: str) -> Request:
    """`HEAD`: how much of an upload has come."""
    return Request("HEAD", url, _TUS)


def append(url: str, offset: int, count: int) -> Request:
    """`PATCH`: `count` bytes from `offset` on, which travel beside the request."""
    more = {
        "Content-Type": _OCTETS,
        "Content-Length": str(count),
        "Upload-Offset": str(offset),
    }
    return Request("PATCH", url, {**_TUS, **more})


def discard(url: str) -> Request:
    """`DELETE`: give an upload up."""
    return Request("DELETE", url, _TUS)


def location(reply: Reply, uploads_url: str) -> str:
    """The URL of a new upload, on the same host: what follows is signed."""
    url = resolve(uploads_url, reply.header("location") or "")
    if not is_of(url, uploads_url):
        raise fields.broken(what="the location of an upload")
    return url


def is_of(url: str, uploads_url: str) -> bool:
    """Whether a URL, such as one remembered from before, is of this cloud."""
    return url != uploads_url and urlsplit(url)[:2] == urlsplit(uploads_url)[:2]


def offset(reply: Reply, size: int) -> int:
    """How much of an upload of `size` bytes has come, by a successful HEAD or PATCH."""
    found = _number(reply, "upload-offset")
    if found is None or found > size:
        raise fields.broken(what="the offset of an upload")
    return found


def has_size(reply: Reply, size: int) -> bool:
    """Whether the upload of a successful HEAD was begun for so many bytes."""
    return _number(reply, "upload-length") == size


def _number(reply: Reply, name: str) -> int | None:
    digits = (reply.header(name) or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST))):
        return None
    return int(digits)


def _metadata(values: Mapping[str, str]) -> str:
    try:
        return ",".join(f"{key} {_encoded(text)}" for key, text in values.items())
    except UnicodeEncodeError:
        name = repr(values["target"])
        text = f"The name {name} is not valid UTF-8 and cannot be stored in the cloud."
        raise UsageError(text, code="bad_name") from None


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
