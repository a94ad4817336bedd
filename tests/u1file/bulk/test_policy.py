"""The rule that decides whether a file is carried."""

from __future__ import annotations

import pytest

from u1tray.u1file.bulk.policy import Content, Policy, Step, step_for

pytestmark = pytest.mark.core

ONE, SAME, OTHER = Content(3, "sha1:a"), Content(3, "sha1:a"), Content(3, "sha1:b")
UNKNOWN, LONGER, EMPTY = Content(3, None), Content(4, "sha1:a"), Content(None, None)


@pytest.mark.parametrize(
    ("policy", "source", "target", "step"),
    [
        (Policy.REPLACE, ONE, None, Step.CARRY),
        (Policy.REPLACE, ONE, SAME, Step.CARRY),
        (Policy.SKIP_EXISTING, ONE, None, Step.CARRY),
        (Policy.SKIP_EXISTING, ONE, OTHER, Step.SKIP),
        (Policy.SKIP_EXISTING, ONE, EMPTY, Step.SKIP),
        (Policy.UPDATE, ONE, None, Step.CARRY),
        (Policy.UPDATE, ONE, SAME, Step.SKIP),
        (Policy.UPDATE, ONE, OTHER, Step.CARRY),
        (Policy.UPDATE, ONE, LONGER, Step.CARRY),
        (Policy.UPDATE, ONE, EMPTY, Step.CARRY),
        (Policy.UPDATE, UNKNOWN, SAME, Step.COMPARE),
        (Policy.UPDATE, ONE, UNKNOWN, Step.COMPARE),
        (Policy.UPDATE, UNKNOWN, LONGER, Step.CARRY),
    ],
)
def test_known_contents_decide(policy, source, target, step):
    """Nothing is read when sizes or known hashes tell already."""
    assert step_for(policy, source, target) is step


@pytest.mark.parametrize("policy", list(Policy))
def test_another_kind_in_its_place_is_refused(policy):
    """A file never replaces a folder, whatever the options."""
    assert step_for(policy, ONE, EMPTY, is_same_kind=False) is Step.REFUSE
