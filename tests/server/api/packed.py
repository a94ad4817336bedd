"""Bodies of batches of contents, made and taken apart (REST contract, 16.8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.server.files.client import Files
from tests.server.raw import Reply

UPLOAD = "/api/file_storage/v1/batch/upload"
DOWNLOAD = "/api/file_storage/v1/batch/download"

# A path such as `/~/Docs/a`, its content, and more members of the operation.
Item = tuple[str, bytes, dict[str, Any]]


def put(path: str, data: bytes, **more: Any) -> Item:
    return path, data, more


def packed(items: Sequence[Item], **more: Any) -> bytes:
    """The body of an upload."""
    operations = [{"path": path, "size": len(data), **other} for path, data, other in items]
    line = json.dumps({"operations": operations, **more}).encode()
    return line + b"\n" + b"".join(data for _, data, _ in items)


def unpacked(body: bytes) -> list[dict[str, Any]]:
    """The results of a download; those that have bytes have them as `data`."""
    line, feed, contents = body.partition(b"\n")
    assert feed
    results = json.loads(line)["results"]
    start = 0
    for result in results:
        if "size" in result:
            assert result["status"] == 200
            result["data"] = contents[start : start + result["size"]]
            assert len(result["data"]) == result["size"]
            start += result["size"]
    assert start == len(contents)
    return list(results)


async def upload(files: Files, *items: Item, **more: Any) -> list[dict[str, Any]]:
    """The results of an upload that is understood."""
    reply = await files.ask("POST", UPLOAD, packed(items, **more))
    assert reply.status == 200, reply
    assert reply.header("content-type") == "application/json"
    assert reply.header("cache-control") == "no-store"
    assert list(reply.json) == ["results"]
    return list(reply.json["results"])


async def ask_download(files: Files, *operations: dict[str, Any]) -> Reply:
    return await files.ask("POST", DOWNLOAD, json.dumps({"operations": operations}).encode())


async def download(files: Files, *operations: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a download that is understood."""
    reply = await ask_download(files, *operations)
    assert reply.status == 200, reply
    assert reply.header("content-type") == "application/octet-stream"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("content-length") == str(len(reply.body))
    return unpacked(reply.body)
