"""What this computer does not let us look at is told, and never taken for something else."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.u1file.bare import Bare
from u1tray.u1file.bulk import local_tree, removal
from u1tray.u1file.bulk.remote_tree import Entry, RemoteTree
from u1tray.vocabulary.errors import RefusedError, U1Error

pytestmark = pytest.mark.end2end

NOBODY = 65534
LONG = "n" * 300  # more than a name may have here


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Whoever may do anything sees no locked doors."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if before == 0:
            os.seteuid(before)


@pytest.fixture
def half_open() -> Iterator[Path]:
    """A folder of others: `half` can be listed, but nothing in it can be looked at."""
    root = Path(tempfile.mkdtemp(prefix="u1-half-"))
    (root / "half").mkdir()
    (root / "half" / "kept").write_text("kept")
    (root / "half").chmod(0o444)
    root.chmod(0o755)
    yield root
    (root / "half").chmod(0o755)
    shutil.rmtree(root)


def test_file_that_cannot_be_looked_at_is_an_error(half_open: Path):
    """It is no special file, which would be left out in silence."""
    told: dict[str, U1Error | None] = {}
    with as_nobody():
        chunks = list(
            local_tree.walk(str(half_open), lambda _path: False, told.__setitem__),
        )
    assert isinstance(told["half/kept"], RefusedError)
    assert not any(chunk.files for chunk in chunks)


def test_file_that_cannot_be_looked_at_is_not_deleted_there(half_open: Path):
    """--delete deletes what is known to be gone, and nothing else."""
    with contextlib.closing(RemoteTree("/~/Docs")) as tree:
        tree._add(
            iter(
                [
                    Entry("", "half", False, None, None, ""),
                    Entry("half", "kept", True, 4, "sha1:0", ""),
                    Entry("", "gone", True, 4, "sha1:0", ""),
                    Entry("", LONG, True, 4, "sha1:0", ""),
                ]
            )
        )
        with as_nobody():
            found, total = removal.of_cloud(tree, str(half_open), lambda _path: False)
    assert [one.path for one in found] == ["gone"]
    assert total == 4


def test_place_that_cannot_be_is_said_in_words(person: Bare, home: Path):
    """The disk's own words and the path, for one file and for several."""
    person.store(a=b"a", b=b"b")
    place = str(home / LONG)
    for arguments in (("get", "Ubuntu One/a", place), ("get", "-r", "Ubuntu One/a", place)):
        said = person.u1file(*arguments)
        assert said.returncode == 2, said.stderr
        assert f"{LONG}: File name too long (on this computer)" in said.stderr
        assert "result cannot be written" not in said.stderr
