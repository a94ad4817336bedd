"""What is left to decide about a volume, in order, and what waits for what.

Holds no work: only subjects, which are decided anew every time. Pure but for the trees.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from u1tray.engine.core import operations as op
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Side, Subject
from u1tray.engine.runner.claims import Claims, Held
from u1tray.engine.store.trees import TreeStore

DECISIONS_AT_ONCE = 500  # a few milliseconds
PLENTY = 512  # is enough to keep all lanes full for a while


@dataclass(frozen=True)
class Order:
    """An operation to carry out, whose claims are held; of which version of the trees."""

    subject: Subject
    operation: op.Operation
    held: Held
    version: int


@dataclass
class Backlog:
    """The undecided subjects of a volume."""

    trees: TreeStore
    claims: Claims = field(default_factory=Claims)
    stuck: dict[Subject, op.Stuck] = field(default_factory=dict)
    settled: Callable[[Subject], object] = lambda _subject: None
    """Hears of each subject that needs nothing any more."""
    additions: int = 0
    """How many subjects were ever added."""
    # A dict would look past all that was taken from its beginning every time.
    _ready: OrderedDict[Subject, None] = field(default_factory=OrderedDict)
    _waiting: dict[Subject, dict[Subject, None]] = field(default_factory=dict)
    _crowded: dict[Subject, None] = field(default_factory=dict)

    @property
    def is_quiet(self) -> bool:
        """Nothing can be decided now."""
        return not self._ready

    @property
    def has_plenty(self) -> bool:
        """So much can be decided now that more would only lie there."""
        return len(self._ready) >= PLENTY

    @property
    def waits(self) -> bool:
        """Something is left that waits for something else."""
        return bool(self._waiting or self._crowded)

    def add(self, subjects: Iterable[Subject]) -> None:
        """These may have something to do now, and whoever waited for them."""
        for subject in subjects:
            self.additions += 1
            self._ready[subject] = None
            self.stuck.pop(subject, None)
            for waiter in self._waiting.pop(subject, ()):
                self._ready[waiter] = None

    def decide_again(self, node_ids: Container[int]) -> None:
        """Local files are not as they were when they could not be read."""
        self.add([s for s, stuck in self.stuck.items() if stuck.node in node_ids])

    def take_touched(self) -> None:
        """Add what was written since the last time."""
        touched, self.trees.touched = self.trees.touched, set()
        subjects = _in_order(touched)
        self.add(subjects)
        for subject in subjects[:DECISIONS_AT_ONCE]:
            # What was just brought to its end is not to be read again when its turn comes.
            if self._is_agreed(subject) and decide(self.trees, subject) is None:
                del self._ready[subject]
                self.settled(subject)

    def next(self) -> Order | None:
        """The next operation to carry out, None if nothing can be done before something ends.

        None also after many decisions; then it is not quiet yet.
        """
        for _ in range(DECISIONS_AT_ONCE):
            if not self._ready:
                break
            subject, _ = self._ready.popitem(last=False)
            decision = decide(self.trees, subject)
            if isinstance(decision, op.Blocked):
                self._wait(subject, decision.by)
            elif isinstance(decision, op.Stuck):
                self.stuck[subject] = decision
            elif decision is None:
                self.settled(subject)
            else:
                held = self.claims.try_take(self.trees, decision)
                if held is not None:
                    return Order(subject, decision, held, self.trees.version)
                self._crowded[subject] = None
        return None

    def end(self, order: Order, *, again: bool) -> None:
        """An operation is over; with `again`, its subject is decided about at once.

        Without, it rests until something is observed about it, or somebody adds it.
        """
        order.held.release()
        if again:
            self.trees.touched.add(order.subject)
        self.take_touched()
        crowded, self._crowded = self._crowded, {}
        self.add(crowded)

    def look_again(self, resting: Container[Subject]) -> None:
        """Once nothing is on its way: decide about every difference anew, but those that rest.

        What waits for each other would wait for ever otherwise.
        """
        self._waiting.clear()
        self._crowded.clear()
        self.add(subject for subject in self.trees.differences() if subject not in resting)

    def shed(self) -> None:
        """Once there is little: keep no tables that are as large as when there was much."""
        self._ready = OrderedDict(self._ready)
        self.stuck = dict(self.stuck)
        self._waiting = dict(self._waiting)

    def _is_agreed(self, subject: Subject) -> bool:
        if subject.side is None:
            return True
        node = self.trees.node(subject.side, subject.id)
        return node is not None and node.entry is not None

    def _wait(self, subject: Subject, by: Subject) -> None:
        self._waiting.setdefault(by, {})[subject] = None


def _in_order(subjects: Iterable[Subject]) -> list[Subject]:
    """Entries first; then nodes as they were seen, so that directories come before what is in."""
    by_side: dict[Side | None, list[Subject]] = {None: [], Side.LOCAL: [], Side.REMOTE: []}
    for subject in subjects:
        by_side[subject.side].append(subject)
    # Without a key for each: those are as large as the subjects.
    return [subject for some in by_side.values() for subject in sorted(some)]
