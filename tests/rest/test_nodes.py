"""Volumes and nodes: what is accepted, and that nothing wrong gets through."""

from __future__ import annotations

import json

import pytest

from u1tray.rest import nodes
from u1tray.rest.failures import Reply
from u1tray.vocabulary.errors import ContractError, NotFoundError

pytestmark = pytest.mark.core

NOW = 1_700_000_000.0
FILE = {
    "kind": "file",
    "path": "/a/b.txt",
    "is_public": False,
    "resource_path": "/~/Docs/a/b.txt",
    "parent_path": "/~/Docs/a",
    "volume_path": "/volumes/~/Docs",
    "content_path": "/content/~/Docs/a/b.txt",
    "key": "EjRWeBI0QjSCNBI0VniavA:AACxpcDeQACQAP7tvu_K_g",
    "when_created": "2012-08-25T15:34:49Z",
    "when_changed": "2012-08-26T08:00:00Z",
    "generation": 17,
    "generation_created": 12,
    "is_live": True,
    "hash": "sha1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
    "size": 11,
    "public_url": None,
}
DIRECTORY = {
    "kind": "directory",
    "path": "/",
    "resource_path": "/~/Docs",
    "parent_path": None,
    "volume_path": "/volumes/~/Docs",
    "content_path": "/content/~/Docs",
    "key": "EjRWeBI0QjSCNBI0VniavA:AAAAAAAAQACAAAAAAAAAAQ",
    "when_created": "2012-08-25T15:34:49Z",
    "when_changed": "2012-08-26T08:00:00Z",
    "generation": 0,
    "generation_created": 0,
    "is_live": True,
    "has_children": True,
    "children": [FILE],
}
VOLUME = {
    "resource_path": "/volumes/~/Docs",
    "type": "udf",
    "path": "~/Docs",
    "generation": 17,
    "when_created": "2012-08-25T15:34:49Z",
    "node_path": "/~/Docs",
    "content_path": "/content/~/Docs",
}


def ok(body, status=200):
    return Reply(status, {}, json.dumps(body).encode())


def test_file_is_read_with_its_tag_and_time():
    """3, 4.3: the contract's own example; keys we do not know are ignored."""
    node = nodes.node(ok({**FILE, "parent_key": "x"}), NOW)
    assert (node.name, node.size, node.is_file) == ("b.txt", 11, True)
    assert node.tag == '"sha1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"'
    assert node.changed_at == 1345968000.0
    assert {key: getattr(node, key) for key in FILE} == FILE


def test_file_without_content_has_no_tag():
    """4.3: hash and size are null before the first content."""
    node = nodes.node(ok({**FILE, "hash": None, "size": None}, 201), NOW)
    assert (node.tag, node.hash, node.size) == (None, None, None)


def test_directory_is_read_with_its_children():
    """4.3: children without their own children."""
    node = nodes.node(ok(DIRECTORY), NOW)
    assert (node.name, node.is_file, node.parent_path) == ("Docs", False, None)
    assert [child.path for child in node.children] == ["/a/b.txt"]


def test_volumes_are_read():
    """4.2."""
    (volume,) = nodes.volumes(ok([VOLUME]), NOW)
    assert nodes.volume(ok(VOLUME, 201), NOW) == volume
    assert (volume.path, volume.type, volume.generation) == ("~/Docs", "udf", 17)


def test_strange_time_is_no_time():
    """A file is rather got without its time than not at all."""
    assert nodes.node(ok({**FILE, "when_changed": "yesterday"}), NOW).changed_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "link"},
        {"kind": None},
        {"path": "a"},
        {"content_path": "@elsewhere.example/x"},
        {"resource_path": 5},
        {"size": -1},
        {"size": True},
        {"generation": "17"},
        {"children": {}},
        {"children": [1]},
        {"children": [{"kind": "file"}]},
        {"when_changed": None},
    ],
)
def test_absurd_node_breaks_the_contract(change):
    """2.2: nothing of another type, sign or shape is taken; a path stays on its host."""
    with pytest.raises(ContractError):
        nodes.node(ok({**FILE, **change}), NOW)


@pytest.mark.parametrize("body", [{}, [1], "x", None])
def test_absurd_list_breaks_the_contract(body):
    """A list of objects and nothing else."""
    with pytest.raises(ContractError):
        nodes.volumes(ok(body), NOW)
    with pytest.raises(ContractError):
        nodes.nodes(ok(body), NOW)


def test_failure_is_raised():
    """12: a 404 is no node."""
    with pytest.raises(NotFoundError):
        nodes.node(ok({"error": "x", "code": "not_found"}, 404), NOW)
