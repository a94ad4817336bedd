"""Holds the mass deletions of one volume until a person has said whether they are meant.

A deletion that takes its time is one, too: what was deleted a moment ago counts. That is kept in
the store, and does not age while something is held, so that neither waiting nor a restart lets
through what was held, nor does a clock that is set. What a person means is what was shown, and
nothing that was lost since.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from u1tray.engine.core import operations as op
from u1tray.engine.core.holds import Limits
from u1tray.engine.core.values import Side
from u1tray.engine.ports import Clock, DiskError
from u1tray.engine.store.losses import Losses
from u1tray.engine.store.trees import TreeStore

logger = logging.getLogger(__name__)

_SHOWN_FACT = "shown"  # the last number that stood for something


@dataclass(frozen=True)
class Loss:
    """So many files of `total` were lost; `deleted` more are gone on the other side already."""

    files: int
    total: int
    deleted: int


class Holds:
    """What is held of what each side lost; `weigh` whenever something was observed."""

    def __init__(self, trees: TreeStore, clock: Clock, limits: Limits) -> None:
        """As it was at the end of the last life; nothing is weighed yet."""
        self.is_held = dict.fromkeys(Side, False)
        self._trees = trees
        self._clock = clock
        self._began = clock.now() - clock.monotonic()
        self._limits = limits
        self._losses = Losses(trees.connection)
        self._since = {side: self._noted(side) for side in Side}

    def weigh(self, lost_in: Side) -> int:
        """Decide anew whether what a side lost is held; how many files that are.

        What is held stays held while any of it is lost: that the folder grows, or that most of
        it was applied, says nothing of the rest.
        """
        since = self._begin_of(lost_in)
        loss = self.loss(lost_in)
        lost, total = loss.files + loss.deleted, loss.total + loss.deleted
        is_much = self._since[lost_in] is not None or self._limits.holds(lost, total)
        self.is_held[lost_in] = loss.files > 0 and is_much
        self._remember(lost_in, since if self.is_held[lost_in] else None)
        return loss.files

    def loss(self, lost_in: Side) -> Loss:
        """What a side lost and nobody has meant. What is meant does not count in any number."""
        pending = self._losses.pending(lost_in)
        deleted = self._losses.deleted(lost_in.other, self._begin_of(lost_in))
        total = self._trees.count_files() - pending.meant - pending.gone
        return Loss(pending.undecided, total, deleted)

    def is_meant(self, delete: op.Delete) -> bool:
        """Whether a person has meant what it deletes, after that was held."""
        node = self._trees.node(delete.side, delete.node)
        return node is not None and node.entry is not None and self._losses.is_meant(node.entry)

    def note(self, delete: op.Delete, files: int) -> None:
        """So many files are about to be deleted; nobody has said that they are meant.

        In a transaction, and before it is done: its answer may be lost.
        """
        if files and not self.is_meant(delete):
            at, kept = self._now(), self._limits.recent_seconds
            self._losses.note(delete.side, delete.node, files, at=at, kept_seconds=kept)

    @property
    def last_number(self) -> int:
        """The last number that ever stood for something."""
        return int(self._trees.fact(_SHOWN_FACT) or 0)

    def show(self, number: int) -> int:
        """A person sees what is held: the number that stands for it, 0 for nothing.

        What nobody saw before gets `number`, which is larger than any before.
        """
        held = [side for side in Side if self.is_held[side]]
        try:
            with self._trees.changing():
                for side in held:
                    if self._losses.show(side, number):
                        self._trees.note(_SHOWN_FACT, str(number))
        except DiskError as error:
            logger.warning("%s", error.text)  # what was not shown before cannot be applied
        return max((self._losses.last_shown(side) for side in held), default=0)

    def apply(self, shown: int) -> None:
        """What is held and was shown up to a number is meant. The count starts anew."""
        with self._trees.changing():
            for lost_in in Side:
                if self.is_held[lost_in] and self._losses.mean(lost_in, shown):
                    self._losses.forget_deleted(lost_in.other)

    def restore(self) -> None:
        """Nothing of what is held is meant: what is lost comes back."""
        with self._trees.changing():
            for lost_in in Side:
                if self.is_held[lost_in]:
                    self._trees.revive_lost(lost_in)

    def _begin_of(self, lost_in: Side) -> float:
        """Since when deletions count; that stands still while something is held."""
        since = self._since[lost_in]
        return self._now() - self._limits.recent_seconds if since is None else since

    def _now(self) -> float:
        """Unix seconds, by the clock when this life began: nobody can set it meanwhile."""
        return self._began + self._clock.monotonic()

    def _noted(self, lost_in: Side) -> float | None:
        noted = self._trees.fact(_held_fact(lost_in))
        return None if noted is None else float(noted)

    def _remember(self, lost_in: Side, since: float | None) -> None:
        if since == self._since[lost_in]:
            return
        self._since[lost_in] = since
        try:
            with self._trees.changing():
                if since is None:
                    self._trees.forget_note(_held_fact(lost_in))
                else:
                    self._trees.note(_held_fact(lost_in), repr(since))
        except DiskError as error:
            logger.warning("%s", error.text)


def _held_fact(lost_in: Side) -> str:
    return f"held, lost in {lost_in.value}"
