"""What many outcomes mean together."""

from __future__ import annotations

import pytest

from u1tray.u1file.bulk.outcomes import Outcome, Status, Summary
from u1tray.vocabulary.errors import (
    MEANINGS,
    ConflictError,
    NotFoundError,
    OfflineError,
    U1Error,
)

pytestmark = pytest.mark.core


def test_exit_code_is_that_of_the_worst_family():
    """A lost connection is worse than a conflict, and that than a missing file."""
    summary = Summary()
    assert summary.exit_code == 0
    for kind, code in ((NotFoundError, 4), (ConflictError, 6), (NotFoundError, 6)):
        summary.add(Outcome(Status.FAILED, "a", "b", error=kind("text")))
        assert summary.exit_code == code
    assert not summary.is_cut_short
    summary.add(Outcome(Status.FAILED, "a", "b", error=OfflineError("text")))
    assert (summary.exit_code, summary.is_cut_short) == (8, True)


@pytest.mark.parametrize("kind", sorted(MEANINGS, key=lambda kind: kind.__name__))
def test_every_family_has_a_rank(kind: type[U1Error]):
    """No failure goes without an exit code."""
    summary = Summary()
    summary.add(Outcome(Status.FAILED, "a", "b", error=kind("text")))
    summary.add(Outcome(Status.FAILED, "a", "b", error=kind("text")))
    assert summary.exit_code == MEANINGS[kind].exit_code


def test_sentence_counts_what_happened():
    """Carried files with their bytes; nothing is said to be done by a dry run."""
    summary = Summary()
    assert summary.sentence() == "Nothing to do."
    summary.add(Outcome(Status.STORED, "a", "b", 1500))
    summary.add(Outcome(Status.SKIPPED, "a", "b", 9))
    assert summary.sentence() == "1 stored (1.5 kB), 1 left as they are."
    summary.add(Outcome(Status.STORED, "a", "b", 1500, is_tried=False))
    assert summary.sentence().startswith("Nothing was done. It would be: 2 stored (3.0 kB)")
