"""Where the nodes of a volume are in the cloud, and what its answers mean to the engine."""

from __future__ import annotations

from collections.abc import Mapping

from u1tray.engine.core.values import Content, Kind
from u1tray.engine.ports import Changed, Names, RemoteNode
from u1tray.rest import fields, nodes
from u1tray.rest.batch import Result
from u1tray.rest.failures import Reply, code_of, failure_of
from u1tray.rest.nodes import Node
from u1tray.vocabulary.errors import ConflictError, NotFoundError, U1Error

_SHA1 = "sha1:"
_HEX_DIGITS = 40
_ELSEWHERE = frozenset({".", ".."})

# Answers that say: it is not as was expected. Everything else is a failure (REST contract, 12).
_CHANGED_STATUS = frozenset({404, 409, 410, 412, 416})
_CHANGED_CODES = frozenset({"not_a_directory", "is_directory", "bad_move", "no_children"})


def text_of(content: Content) -> str:
    """A content's hash as the cloud writes it (3)."""
    return _SHA1 + content.sha1.hex()


def tag_of(content: Content) -> str:
    """A content's entity tag (3)."""
    return f'"{text_of(content)}"'


def condition(replaces: Content | None) -> Mapping[str, str]:
    """The precondition that a file has this content; None: there is none, or it has none (7)."""
    return {"If-None-Match": "*"} if replaces is None else {"If-Match": tag_of(replaces)}


def content_of(node: Node) -> Content | None:
    """A node's content. Raises ContractError for a hash that is none."""
    if not node.is_file or node.hash is None or node.size is None:
        return None
    digits = node.hash.removeprefix(_SHA1)
    try:
        if digits == node.hash or len(digits) != _HEX_DIGITS:
            raise ValueError
        return Content(bytes.fromhex(digits), node.size)
    except ValueError:
        raise fields.broken(what="hash") from None


def names_of(path: str) -> Names:
    """The names in a node's `path`, relative to its volume.

    Raises ContractError for one that no cloud may give a node (3): it would be no place below.
    """
    names = tuple([name for name in path.split("/") if name])
    if "\0" in path or not _ELSEWHERE.isdisjoint(names):
        raise fields.broken(what="path")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise fields.broken(what="path") from None
    return names


def remote_node(node: Node, parent_key: str | None) -> RemoteNode:
    """A node as the engine sees it."""
    return RemoteNode(
        node.key,
        parent_key,
        names_of(node.path),
        Kind.FILE if node.is_file else Kind.DIRECTORY,
        content_of(node),
        node.generation,
        node.is_live,
        node.changed_at,
    )


def expected(reply: Reply, now: float) -> Node:
    """The node in a success. Raises Changed, or the error that the answer means."""
    raise_changed(reply, now)
    return nodes.node(reply, now)


def node_in(result: Result) -> Node:
    """The node in the result of an operation in a batch; raises as `expected`."""
    failure = result.failure
    if failure is None:
        return result.node
    if result.status in _CHANGED_STATUS:
        raise Changed(failure.text, code=failure.code) from failure
    raise meant(failure)


def meant(error: U1Error) -> U1Error:
    """What the error of a content means to the engine: Changed, or itself."""
    is_changed = isinstance(error, ConflictError | NotFoundError) or error.code in _CHANGED_CODES
    return Changed(error.text, code=error.code) if is_changed else error


def raise_changed(reply: Reply, now: float) -> None:
    """Raise Changed, or the error that an answer means, if it is no success."""
    failure = failure_of(reply, now)
    if failure is None:
        return
    if reply.status in _CHANGED_STATUS or code_of(reply) in _CHANGED_CODES:
        raise Changed(failure.text, code=failure.code) from failure
    raise failure
