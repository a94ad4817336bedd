"""The table of node PUT, as a pure function (REST contract, 6)."""

from __future__ import annotations

from typing import Any

import pytest

from u1tray.server.files.puts import Creation, Edits, Hashes, check_edits, creation_of, edits_of
from u1tray.server.files.values import Kind
from u1tray.server.messages.refusals import Code, Refusal

pytestmark = pytest.mark.core

SHA1 = "sha1:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"
MAGIC = "magic_hash:3d4ca7c3556ddb0647e909f3caae93ea2dd8f087"
BOTH = {"hash": SHA1, "magic_hash": MAGIC}
HASHES = Hashes(bytes.fromhex(SHA1[5:]), bytes.fromhex(MAGIC[11:]))
FILE, DIRECTORY = Kind.FILE, Kind.DIRECTORY


@pytest.mark.parametrize(
    ("body", "above", "outcome"),
    [
        ({}, False, Code.NOT_FOUND),
        ({}, True, Code.NOT_FOUND),
        ({"hash": SHA1, "path": "/x"}, False, Code.NOT_FOUND),
        ({"kind": ""}, False, Code.BAD_KIND),
        ({"kind": "link"}, True, Code.BAD_KIND),
        ({"kind": 1}, False, Code.BAD_VALUE),
        ({"kind": "file"}, True, Code.NOT_A_DIRECTORY),
        ({"kind": "directory"}, True, Code.NOT_A_DIRECTORY),
        ({"kind": "directory"}, False, Creation(DIRECTORY)),
        ({"kind": "Directory", "hash": 5}, False, Creation(DIRECTORY)),
        ({"kind": "file"}, False, Creation(FILE)),
        ({"kind": "FILE", "path": 7, "is_public": "x"}, False, Creation(FILE)),
        ({"kind": "file", **BOTH}, False, Creation(FILE, HASHES)),
        (
            {"kind": "file", **BOTH, "hash": "sha1:" + SHA1[5:].upper()},
            False,
            Creation(FILE, HASHES),
        ),
        ({"kind": "file", "hash": SHA1}, False, Code.BAD_HASH),
        ({"kind": "file", "magic_hash": MAGIC}, False, Code.BAD_HASH),
        ({"kind": "file", **BOTH, "hash": MAGIC}, False, Code.BAD_HASH),
        ({"kind": "file", **BOTH, "magic_hash": MAGIC + "0"}, False, Code.BAD_HASH),
        ({"kind": "file", **BOTH, "hash": 5}, False, Code.BAD_VALUE),
    ],
)
def test_first_row_that_applies_decides_where_nothing_stands(
    body: dict[str, Any], above: bool, outcome: Creation | Code
) -> None:
    """The rows of `none` (6)."""
    if isinstance(outcome, Creation):
        assert creation_of(body, has_file_above=above) == outcome
        return
    with pytest.raises(Refusal) as caught:
        creation_of(body, has_file_above=above)
    assert caught.value.code is outcome


@pytest.mark.parametrize(
    ("kind", "body", "outcome"),
    [
        (FILE, {}, Edits()),
        (DIRECTORY, {"kind": "file"}, Edits()),
        (FILE, {"kind": "nonsense"}, Edits()),
        (FILE, {"kind": 5}, Code.BAD_VALUE),
        (FILE, {"hash": SHA1}, Edits()),
        (FILE, {"hash": 7}, Edits()),
        (FILE, {"magic_hash": MAGIC}, Edits()),
        (FILE, BOTH, Edits(HASHES)),
        (FILE, {"hash": "x", "magic_hash": "y"}, Code.BAD_HASH),
        (DIRECTORY, BOTH, Code.IS_DIRECTORY),
        (FILE, {"path": ""}, Edits()),
        (FILE, {"path": "/a/b"}, Edits()),
        (FILE, {"path": "//a/b/"}, Edits()),
        (FILE, {"path": "/c"}, Edits(move_to=("c",))),
        (FILE, {"path": "c"}, Code.BAD_VALUE),
        (FILE, {"path": 5}, Code.BAD_VALUE),
        (FILE, {"path": "/.."}, Code.BAD_NAME),
        (FILE, {"path": "/\ud800"}, Code.BAD_NAME),
        (FILE, {"path": "/" + "a/" * 3000}, Code.PATH_TOO_LONG),
        (FILE, {"path": "/"}, Code.BAD_MOVE),
        (FILE, {"path": "/a"}, Code.BAD_MOVE),
        (DIRECTORY, {"path": "/a/b/c"}, Code.BAD_MOVE),
        (FILE, {"is_public": True}, Edits(is_public=True)),
        (FILE, {"is_public": False}, Edits(is_public=False)),
        (FILE, {"is_public": 1}, Code.BAD_VALUE),
        (DIRECTORY, {"is_public": True}, Code.DIRECTORY_NOT_PUBLISHABLE),
        (DIRECTORY, {"is_public": False}, Code.DIRECTORY_NOT_PUBLISHABLE),
        (DIRECTORY, {"is_public": "yes"}, Code.BAD_VALUE),
        (FILE, {**BOTH, "path": "/c", "is_public": True}, Edits(HASHES, ("c",), True)),
    ],
)
def test_all_matching_rows_combine_where_a_node_stands(
    kind: Kind, body: dict[str, Any], outcome: Edits | Code
) -> None:
    """The rows of `file`, `directory` and `any`, for the node /a/b (6, 20)."""

    def decided() -> Edits:
        edits = edits_of(kind, ("a", "b"), body)
        check_edits(kind, ("a", "b"), edits)
        return edits

    if isinstance(outcome, Edits):
        assert decided() == outcome
        return
    with pytest.raises(Refusal) as caught:
        decided()
    assert caught.value.code is outcome


def test_root_of_a_volume_cannot_be_moved() -> None:
    """But its own path says nothing (6)."""
    assert edits_of(DIRECTORY, (), {"path": "/"}) == Edits()
    with pytest.raises(Refusal) as caught:
        check_edits(DIRECTORY, (), edits_of(DIRECTORY, (), {"path": "/a"}))
    assert caught.value.code is Code.BAD_MOVE
