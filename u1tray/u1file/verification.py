"""Whether the cloud still gives a file's very bytes: all of it is read and hashed, none is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from u1tray.rest.file_storage import Files
from u1tray.rest.nodes import Node
from u1tray.rest.wire.line import Part, Write
from u1tray.vocabulary.errors import ConflictError, ContractError, NotFoundError, ServerError

_LOOKS = 3  # how often a file may change while it is read before it is left out


def check(files: Files, path: str, advance: Callable[[int], None]) -> str | None:
    """What is wrong with a file's content, `''` for nothing; None: it is gone or has none."""
    for _ in range(_LOOKS):
        try:
            node = files.node(path)
        except NotFoundError:
            return None
        if not node.is_file or node.hash is None:
            return None
        try:
            return _compare(files, node, advance)
        except ConflictError:
            continue  # it changed meanwhile
        except (ContractError, ServerError, NotFoundError) as error:
            return error.text
    return None


def _compare(files: Files, node: Node, advance: Callable[[int], None]) -> str:
    arriving = _Arriving(advance)
    files.get_content(node, arriving.begin)
    if arriving.size != node.size:
        return f"it has {arriving.size} bytes instead of {node.size}"
    return "" if arriving.hash == node.hash else "its content is not what was stored"


class _Arriving:
    """Bytes on their way to nowhere, counted and hashed."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self.begin()

    def begin(self) -> Write:
        self.size = 0
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        return self._take

    @property
    def hash(self) -> str:
        return f"sha1:{self._sha1.hexdigest()}"

    def _take(self, part: Part) -> None:
        self._sha1.update(part)
        self.size += len(part)
        self._advance(len(part))
