"""What tus says in headers: every text comes through, nothing else breaks the server (16.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u1tray.rest import uploads
from u1tray.server.files.preconditions import Preconditions
from u1tray.server.messages.refusals import Code, Refusal
from u1tray.server.uploads import headers as tus

pytestmark = pytest.mark.core

URL = "https://one.example.com/api/file_storage/v1/uploads/"
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(name=NAMES.filter(lambda name: name not in (".", "..") and len(name.encode()) < 256))
def test_every_name_comes_through(name: str) -> None:
    """From our client's request to the server's target (3)."""
    request = uploads.create(URL, f"/~/Docs/{name}", 5, {"If-Match": '"sha1:x"'})
    found = tus.parse_metadata(request.headers["Upload-Metadata"])
    assert tus.target_of(found) == f"~/Docs/{name}"
    assert tus.preconditions_of(found) == Preconditions(if_match='"sha1:x"')


def test_metadata_of_the_specification_is_read() -> None:
    """Its own example: values of other keys are ignored, a value may miss."""
    found = tus.parse_metadata("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential")
    assert found == {"filename": "world_domination_plan.pdf", "is_confidential": ""}


def refusal_of(read: Callable[[], object]) -> Code | None:
    """Why something is refused, None if it is not."""
    try:
        read()
    except Refusal as refusal:
        return refusal.code
    return None


@given(text=st.text(st.characters(max_codepoint=255)))
def test_any_header_is_read_or_refused(text: str) -> None:
    """400 `bad_value`, and nothing else."""
    metadata = refusal_of(lambda: tus.parse_metadata(text))
    number = refusal_of(lambda: tus.parse_number("Upload-Offset", text))
    assert {metadata, number} <= {None, Code.BAD_VALUE}


@given(target=st.text())
def test_any_target_is_taken_or_refused(target: str) -> None:
    """A path below `~`, whose names are names; or the contract's refusal (1, 3)."""
    allowed = {None, Code.BAD_VALUE, Code.BAD_NAME, Code.NOT_OWNER, Code.NOT_FOUND}
    found = refusal_of(lambda: tus.target_of({"target": target}))
    assert found in allowed
    if found is None:
        assert tus.target_of({"target": target}).split("/")[0] == "~"
