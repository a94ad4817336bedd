"""What our clients ask of the file storage, as plain values (REST contract, 5 to 8 and 10).

A `resource_path` is plain text such as `/~/Docs/a b.txt`; encoding it is done here and nowhere
else (3). Raises UsageError for a path that is no UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from u1tray.rest.requests import Request
from u1tray.rest.settings import CloudSettings
from u1tray.rest.urls import API, encode_path

_JSON = MappingProxyType({"Content-Type": "application/json"})
_OCTETS = MappingProxyType({"Content-Type": "application/octet-stream"})
_NONE: Mapping[str, str] = MappingProxyType({})
# What announces that a directory can be deleted only if it is empty (6, 16.1).
DELETE_EMPTY = "delete_empty"
# A move onto an occupied place is refused (6).
KEEP_TARGET: Mapping[str, str] = MappingProxyType({"Overwrite": "F"})


def unchanged_since(tag: str | None) -> Mapping[str, str]:
    """The precondition that a file's content is still the one with this tag; None: none (7)."""
    return {"If-None-Match": "*"} if tag is None else {"If-Match": tag}


def rest_of(tag: str | None, offset: int) -> Mapping[str, str]:
    """The headers that ask for the content with this tag from an offset on (7, Range)."""
    if not offset or tag is None:
        return _NONE
    return {"Range": f"bytes={offset}-", "If-Range": tag}


def volumes(settings: CloudSettings) -> Request:
    """`GET API/volumes` (5)."""
    return Request("GET", f"{settings.api_url}{API}/volumes")


def create_volume(settings: CloudSettings, volume_path: str) -> Request:
    """`PUT API/volumes/{vol}` (5); `volume_path` such as `~/Docs`."""
    return Request("PUT", f"{settings.api_url}{API}/volumes/{encode_path(volume_path)}")


def delete_volume(settings: CloudSettings, volume_path: str) -> Request:
    """`DELETE API/volumes/{vol}` (5)."""
    return Request("DELETE", f"{settings.api_url}{API}/volumes/{encode_path(volume_path)}")


def node(settings: CloudSettings, resource_path: str, *, with_children: bool = False) -> Request:
    """`GET API/{vol}{path}` (6)."""
    query = "?include_children=true" if with_children else ""
    return Request("GET", _node_url(settings, resource_path) + query)


def tree(settings: CloudSettings, resource_path: str) -> Request:
    """`GET API/{vol}{path}?recursive=true` (16.5)."""
    return Request("GET", _node_url(settings, resource_path) + "?recursive=true")


def change_node(
    settings: CloudSettings,
    resource_path: str,
    body: Mapping[str, object],
    headers: Mapping[str, str] = _NONE,
) -> Request:
    """`PUT API/{vol}{path}` (6): create, move, publish, fill from stored content (8)."""
    url = _node_url(settings, resource_path)
    return Request("PUT", url, {**_JSON, **headers}, json.dumps(body).encode())


def delete_node(
    settings: CloudSettings,
    resource_path: str,
    headers: Mapping[str, str] = _NONE,
    *,
    is_recursive: bool = True,
) -> Request:
    """`DELETE API/{vol}{path}` (6); not recursive: 412 for a directory with anything in it."""
    query = "" if is_recursive else "?recursive=false"
    return Request("DELETE", _node_url(settings, resource_path) + query, headers)


def content(
    settings: CloudSettings, content_path: str, headers: Mapping[str, str] = _NONE
) -> Request:
    """`GET` of a node's `content_path` (7)."""
    return Request("GET", _content_url(settings, content_path), headers)


def put_content(
    settings: CloudSettings, content_path: str, size: int, headers: Mapping[str, str] = _NONE
) -> Request:
    """`PUT` to a node's `content_path` (7) of `size` bytes, which travel beside the request."""
    length = {"Content-Length": str(size)}
    url = _content_url(settings, content_path)
    return Request("PUT", url, {**_OCTETS, **length, **headers})


def public_files(settings: CloudSettings) -> Request:
    """`GET API/public_files` (10)."""
    return Request("GET", f"{settings.api_url}{API}/public_files")


def _node_url(settings: CloudSettings, resource_path: str) -> str:
    return settings.api_url + API + encode_path(resource_path)


def _content_url(settings: CloudSettings, content_path: str) -> str:
    return settings.content_url + encode_path(content_path)
