"""Whether a file is to be carried: a rule of plain values, the same up and down."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Policy(Enum):
    """What becomes of a file that is at the target already."""

    REPLACE = "it is replaced"
    SKIP_EXISTING = "it stays"
    UPDATE = "it is replaced where its content differs"


class Step(Enum):
    """What to do with one file."""

    CARRY = "carry it"
    SKIP = "leave it"
    COMPARE = "hash the local one first"
    REFUSE = "something of another kind is in its place"


class Content(NamedTuple):
    """What is known of a file's content: bytes, and `sha1:...` where it is known.

    A `size` of None: there is none yet.
    """

    size: int | None
    sha1: str | None


def step_for(
    policy: Policy, source: Content, target: Content | None, *, is_same_kind: bool = True
) -> Step:
    """What to do; `target` is None where nothing is there."""
    if target is None:
        return Step.CARRY
    if not is_same_kind:
        return Step.REFUSE
    if policy is Policy.SKIP_EXISTING:
        return Step.SKIP
    if policy is Policy.REPLACE or source.size != target.size:
        return Step.CARRY
    if source.sha1 is None or target.sha1 is None:
        return Step.COMPARE
    return Step.SKIP if source.sha1 == target.sha1 else Step.CARRY
