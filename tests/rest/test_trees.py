"""Whole trees and batches as values (REST contract, 16.4 and 16.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from u1tray.rest import batch
from u1tray.rest.batch import Operation
from u1tray.rest.failures import Reply
from u1tray.rest.nodes import node_of
from u1tray.rest.trees import TreeReader
from u1tray.vocabulary.errors import (
    ConflictError,
    ContractError,
    NotFoundError,
    UsageError,
)

pytestmark = pytest.mark.core

NODE: dict[str, Any] = {
    "kind": "directory",
    "path": "/a",
    "resource_path": "/~/Docs/a",
    "parent_path": "/~/Docs",
    "volume_path": "/volumes/~/Docs",
    "content_path": "/content/~/Docs/a",
    "key": "K",
    "when_created": "2012-08-25T15:34:49Z",
    "when_changed": "2012-08-26T08:00:00Z",
    "generation": 11,
    "generation_created": 11,
    "is_live": True,
    "has_children": True,
}
END = {"end": True, "generation": 17, "count": 2}


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def test_tree_is_read_however_it_arrives() -> None:
    """Byte by byte too; `parent_key` is kept (20)."""
    reader = TreeReader(node_of)
    data = lines({**NODE, "parent_key": None}, {**NODE, "parent_key": "P"}, END)
    nodes = [node for byte in data for node in reader.feed(bytes([byte]))]
    assert [node.parent_key for node in nodes] == [None, "P"]
    assert nodes[0].path == "/a"
    assert reader.finish() == 17


def read(data: bytes) -> int:
    reader = TreeReader(node_of)
    list(reader.feed(data))
    return reader.finish()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        lines(NODE, NODE),
        lines(NODE, END),
        lines(NODE, NODE, {**END, "count": 3}),
        lines(NODE, NODE, END)[:-1],
        lines(NODE, NODE, END) + b"{",
        lines(NODE, NODE, END, NODE),
        lines(NODE, NODE, END, END),
        lines(NODE, [], END),
        lines(NODE, {**NODE, "kind": "link"}, END),
        lines(NODE) + b"\xff\n" + lines(END),
        lines(NODE, NODE, {"end": True}),
    ],
    ids=lambda data: str(len(data)),
)
def test_listing_that_is_not_whole_is_refused(data: bytes) -> None:
    """Without its right end a listing must be discarded (16.5)."""
    with pytest.raises(ContractError):
        read(data)


def test_batch_request_numbers_its_operations() -> None:
    """Signed and sent like every JSON body; at most 1,000 (16.4)."""
    request = batch.request(
        "https://one.example.com/b",
        [Operation("PUT", "/~/Docs/ä", {"kind": "file"}, {"Overwrite": "F"})],
        stop_on_error=True,
    )
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(request.body) == {
        "operations": [
            {
                "id": "0",
                "method": "PUT",
                "path": "/~/Docs/ä",
                "body": {"kind": "file"},
                "headers": {"Overwrite": "F"},
            }
        ],
        "stop_on_error": True,
    }
    with pytest.raises(UsageError):
        batch.request("https://one.example.com/b", [Operation("GET", "/~")] * 1001)


def reply(*results: object) -> Reply:
    return Reply(200, {}, json.dumps({"results": results}).encode())


def test_results_are_nodes_or_the_errors_of_single_requests() -> None:
    """By their order."""
    found = batch.results(
        reply(
            {"id": "0", "status": 201, "body": NODE, "etag": None},
            {"id": "1", "status": 412, "body": {"code": "precondition_failed"}, "etag": '"x"'},
            {"id": "2", "status": 424, "body": {"code": "skipped", "error": ""}, "etag": None},
        ),
        0.0,
        3,
    )
    assert found[0].node.path == "/a"
    assert found[0].failure is None
    assert isinstance(found[1].failure, ConflictError)
    assert [one.tag for one in found] == [None, '"x"', None]
    assert [one.is_skipped for one in found] == [False, False, True]
    with pytest.raises(ConflictError):
        _ = found[1].node


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"results": {}},
        {"results": []},
        {"results": [{"id": "1", "status": 200, "body": {}}]},
        {"results": [{"id": "0", "status": "200", "body": {}}]},
    ],
)
def test_results_of_other_operations_are_refused(body: object) -> None:
    """A result is never taken for another's."""
    with pytest.raises(ContractError):
        batch.results(Reply(200, {}, json.dumps(body).encode()), 0.0, 1)


def test_cloud_without_batches_says_so() -> None:
    """16.1."""
    with pytest.raises(NotFoundError):
        batch.announced("")
