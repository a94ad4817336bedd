"""What our own daemon tells beside the contract: held deletions, conflicts, files that wait.

Another daemon cannot tell: it is asked once, and never again (10.7, T29). Nothing is polled: the
questions follow the daemon's signal, its going online, and a person who looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from u1tray.status.commands import AskConcerns, Command
from u1tray.status.values import NO_CONCERNS, Concerns
from u1tray.vocabulary import names

LEAST_SECONDS = 1.0
"""Between two questions, whatever the daemon signals."""
DETAILS_SECONDS = 10.0
"""The same where the answer may be long, as for `waiting` (T34)."""

_CANNOT = frozenset(
    {
        names.UNKNOWN_METHOD,
        names.UNKNOWN_OBJECT,
        names.UNKNOWN_INTERFACE,
        names.UNREADABLE_REPLY,
    }
)


@dataclass(frozen=True)
class Watch:
    """`told`: the last answer, None before the first one of this owner.

    `stale`: it may be another now. `seen`: the copies of conflicts that were ever heard of, from
    whichever owner (None: from none that was online); `untold`: those of them that are news.
    """

    told: Concerns | None = None
    unavailable: bool = False
    asking: bool = False
    stale: bool = True
    online: bool = False
    watched: bool = False
    asked_at: float | None = None
    ask_at: float | None = None
    seen: frozenset[str] | None = None
    untold: frozenset[str] = frozenset()

    @property
    def wakes(self) -> tuple[float | None, ...]:
        return (self.ask_at,)

    @property
    def concerns(self) -> Concerns:
        """What there is to show."""
        return NO_CONCERNS if self.told is None else self.told


def owner_changed(watch: Watch) -> Watch:
    """Another daemon: it has to be asked. Which conflicts are old news is remembered."""
    return Watch(watched=watch.watched, seen=watch.seen, untold=watch.untold)


def may_be_new(watch: Watch) -> Watch:
    """Ask again; not a daemon that cannot tell."""
    return watch if watch.stale or watch.unavailable else replace(watch, stale=True)


def acted(watch: Watch) -> Watch:
    """The person has decided: what is left is asked for at once."""
    return replace(may_be_new(watch), asked_at=None)


def looked_at(watch: Watch) -> Watch:
    """A menu opens: ask a daemon that was too slow for the last question."""
    return may_be_new(watch) if watch.told is None else watch


def window_shown(watch: Watch, shown: bool) -> Watch:
    """The status window shows the details, too; nobody else asks for them."""
    if not shown:
        told = None if watch.told is None else replace(watch.told, details=())
        return replace(watch, told=told, watched=False)
    return replace(may_be_new(watch), watched=True, asked_at=None)


def fails_more(watch: Watch, found: Concerns) -> bool:
    """Whether more files fail or wait for room than before."""
    known = watch.concerns
    return found.waiting_for_room > known.waiting_for_room or found.troubles > known.troubles


def told(watch: Watch, concerns: Concerns) -> Watch:
    """The daemon's answer. What it knows before it is online is old, or not all of it."""
    watch = replace(watch, told=concerns, asking=False)
    copies = frozenset(concerns.copies)
    if watch.seen is None:
        return replace(watch, seen=copies) if watch.online else watch
    news = copies - watch.seen if watch.online else frozenset[str]()
    return replace(watch, seen=watch.seen | copies, untold=watch.untold & copies | news)


def failed(watch: Watch, error: str) -> Watch:
    """No answer is no news; lacking the member means that this daemon cannot tell."""
    if error not in _CANNOT or watch.told is not None:
        return replace(watch, asking=False)
    return Watch(unavailable=True, stale=False, watched=watch.watched, seen=watch.seen)


def conflicts_told(watch: Watch) -> Watch:
    """The person was told of the new conflicts."""
    return replace(watch, untold=frozenset())


def advance(
    watch: Watch, owner: str, *, present: bool, online: bool, now: float
) -> tuple[Watch, tuple[Command, ...]]:
    """Ask when there is a reason and the last question is long enough ago."""
    if online is not watch.online:
        watch = replace(may_be_new(watch) if online else watch, online=online)
    if not (present and watch.stale) or watch.asking:
        return watch if watch.ask_at is None else replace(watch, ask_at=None), ()
    ask_at = now if watch.asked_at is None else watch.asked_at + _least(watch)
    if now < ask_at:
        return watch if watch.ask_at == ask_at else replace(watch, ask_at=ask_at), ()
    asked = replace(watch, stale=False, asking=True, asked_at=now, ask_at=None)
    return asked, (AskConcerns(owner, with_troubles=watch.watched),)


def _least(watch: Watch) -> float:
    return DETAILS_SECONDS if watch.watched and watch.concerns.details else LEAST_SECONDS
