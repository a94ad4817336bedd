"""One file down: the steps of the contract around the bytes (REST contract, 17).

Prints nothing and asks for nothing on a terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from u1tray.rest.blocking.files import Files
from u1tray.rest.blocking.wire.line import Write
from u1tray.rest.nodes import Node
from u1tray.u1file.sink import Sink
from u1tray.u1file.words import NotThisWayError
from u1tray.vocabulary.errors import ConflictError, ContractError, NotFoundError, OfflineError

LOOKS = 3  # how often a file may change under a download before that is an error


@dataclass(frozen=True)
class Wanted:
    """A content to get: where it is, its hash (`sha1:...`) and bytes, and when it changed."""

    resource_path: str
    content_path: str
    hash: str
    size: int
    changed_at: float | None

    @classmethod
    def of(cls, node: Node) -> Wanted:
        """The content of a file that `find_file` found."""
        assert node.hash is not None
        assert node.size is not None
        return cls(node.resource_path, node.content_path, node.hash, node.size, node.changed_at)

    @property
    def tag(self) -> str:
        """Its entity tag (3)."""
        return f'"{self.hash}"'


def find_file(files: Files, path: str) -> Node:
    """A file that has content. Raises NotFoundError, and NotThisWayError for a folder."""
    node = files.node(path)
    if not node.is_file:
        text = "This is a folder. To get it with all below, use u1file get --recursive."
        raise NotThisWayError(text, code="is_directory")
    if node.hash is None or node.size is None:
        text = "This file has no content yet."
        raise NotFoundError(text, code="no_content")
    return node


def download(files: Files, node: Node, sink: Sink) -> Node:
    """Fill the sink with a file's content; the node as it was then.

    Raises ConflictError for a file that changes all the time.
    """
    for _ in range(LOOKS):
        try:
            files.get_content(node, _beginning(node, sink))
        except ConflictError:
            node = find_file(files, node.resource_path)
            continue
        if (sink.size, sink.hash) != (node.size, node.hash):
            text = "The content arrived damaged and was thrown away. Try again."
            raise ContractError(text)
        sink.changed_at = node.changed_at
        return node
    text = "It changes all the time. Try again later."
    raise ConflictError(text)


def fetch_on(files: Files, wanted: Wanted, sink: Sink) -> None:
    """Fill the sink with a content, behind what it holds of it already.

    A connection that breaks after it brought something does not count.
    Raises ConflictError when the content is not the wanted one any more.
    """
    sink.take_up()
    while True:
        reached = sink.size
        attempts: list[int] = []  # where each began
        try:
            if not reached or reached != wanted.size:
                _get_on(files, wanted, sink, attempts.append)
        except OfflineError:
            if not attempts or sink.size <= attempts[-1]:
                raise
            continue
        if (sink.size, sink.hash) == (wanted.size, wanted.hash):
            sink.changed_at = wanted.changed_at
            return
        sink.restart()
        if not reached:
            text = "The content arrived damaged and was thrown away. Try again."
            raise ContractError(text)


def _get_on(files: Files, wanted: Wanted, sink: Sink, attempt: Callable[[int], object]) -> None:
    def offset() -> int:
        attempt(sink.size)
        return sink.size

    def begin(offset: int) -> Write:
        return sink.begin(wanted.size, offset)

    files.get_content_from(wanted, offset, begin)


def _beginning(node: Node, sink: Sink) -> Callable[[], Write]:
    return lambda: sink.begin(node.size or 0)
