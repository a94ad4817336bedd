"""Whether the cloud still gives a file's very bytes: all of it is read and hashed, none is kept."""

from __future__ import annotations

import hashlib

from u1tray.rest.blocking.files import Files
from u1tray.rest.blocking.wire.line import Part, Write
from u1tray.u1file.moves import Moves
from u1tray.u1file.receiving import Wanted
from u1tray.vocabulary.errors import ConflictError, ContractError, NotFoundError, ServerError

_LOOKS = 3  # how often a file may change while it is read before it is left out


def check(files: Files, wanted: Wanted, moves: Moves) -> str | None:
    """What is wrong with a file's content, `''` for nothing; None: it is gone or has none.

    `wanted` is the content as it was listed; one that changed since is looked at anew.
    """
    for _ in range(_LOOKS):
        try:
            return _compare(files, wanted, moves)
        except (ConflictError, NotFoundError) as error:
            found = _look(files, wanted.resource_path)
            if found is None:
                return None
            if isinstance(error, NotFoundError) and found.hash == wanted.hash:
                return error.text
            wanted = found
        except (ContractError, ServerError) as error:
            return error.text
    return None


def _look(files: Files, path: str) -> Wanted | None:
    try:
        node = files.node(path)
    except NotFoundError:
        return None
    return Wanted.of(node) if node.is_file and node.hash is not None else None


def _compare(files: Files, wanted: Wanted, moves: Moves) -> str:
    arriving = _Arriving(wanted.size, moves)
    files.get_content(wanted, arriving.begin)
    if arriving.size != wanted.size:
        return f"it has {arriving.size} bytes instead of {wanted.size}"
    return "" if arriving.hash == wanted.hash else "its content is not what was stored"


class _Arriving:
    """Bytes on their way to nowhere, counted and hashed."""

    def __init__(self, total: int, moves: Moves) -> None:
        self._total = total
        self._moves = moves
        self.size = 0
        self._sha1 = hashlib.sha1(usedforsecurity=False)

    def begin(self) -> Write:
        self._moves.start(self._total)
        self.size = 0
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        return self._take

    @property
    def hash(self) -> str:
        return f"sha1:{self._sha1.hexdigest()}"

    def _take(self, part: Part) -> None:
        self._sha1.update(part)
        self.size += len(part)
        self._moves.advance(len(part))
