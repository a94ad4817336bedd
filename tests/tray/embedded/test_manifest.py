"""The manifest: private, complete, and never trusted blindly."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from u1tray.tray.embedded import manifest
from u1tray.tray.embedded.manifest import Kind, Made, Manifest
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.core

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/\0"), min_size=1)
PATHS = NAMES.filter(lambda name: name not in (".", "..")).map(lambda name: Path("/tmp") / name)
MANIFESTS = st.builds(
    Manifest,
    email=NAMES,
    password=NAMES,
    port=st.integers(0, 65535),
    account_made=st.booleans(),
    token_fingerprint=NAMES,
    made=st.lists(st.builds(Made, st.sampled_from(Kind), PATHS), max_size=4).map(tuple),
)


@given(MANIFESTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_manifest_is_read_as_it_was_written(made):
    """Writing and reading are inverse."""
    manifest.save(made)
    assert manifest.load() == made


def test_file_is_for_its_owner_only_and_the_repr_shows_no_password():
    """It holds a password."""
    made = Manifest("ana@u1.localhost", "correct horse")
    manifest.save(made)
    assert stat.S_IMODE(manifest.file_path().stat().st_mode) == 0o600
    assert "correct horse" not in repr(made)


def test_no_file_is_no_manifest():
    """A fresh person has none."""
    assert manifest.load() is None


GOOD = {
    "version": 1,
    "email": "a@b",
    "password": "p",
    "port": 1,
    "account_made": True,
    "token_fingerprint": "",
    "made": [{"kind": "file", "path": "/a"}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": None},
        {"email": 7},
        {"port": -1},
        {"port": "80"},
        {"port": True},
        {"made": None},
        {"made": [{"kind": "everything", "path": "/a"}]},
        {"made": [{"kind": "tree", "path": "relative"}]},
        {"made": [{"kind": "tree", "path": "/home/ana/../bob"}]},
        {"made": [{"kind": "tree"}]},
    ],
)
def test_damaged_or_newer_manifest_is_refused(change):
    """What could lead to a wrong removal is never used."""
    manifest.file_path().parent.mkdir(parents=True)
    manifest.file_path().write_text(json.dumps(GOOD | change))
    with pytest.raises(UsageError, match="Move it away"):
        manifest.load()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100000])
def test_file_that_is_no_manifest_is_refused(text):
    """Not a traceback, whatever it holds."""
    manifest.file_path().parent.mkdir(parents=True)
    manifest.file_path().write_text(text)
    with pytest.raises(UsageError, match="Move it away"):
        manifest.load()


def test_thing_is_listed_once():
    """A second start does not make the list longer."""
    made = Manifest("a@b", "p").with_made(Kind.FILE, Path("/a"))
    assert made.with_made(Kind.FILE, Path("/a")) == made
    assert made.has(Kind.FILE)
    assert not made.without(Kind.FILE).has(Kind.FILE)
