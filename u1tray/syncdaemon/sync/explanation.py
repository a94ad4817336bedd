"""Why something is or is not in sync: the three observations, and what stands in the way."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

from u1tray.engine.core import operations as op
from u1tray.engine.core.planner import decide
from u1tray.engine.core.values import Content, Entry, Kind, Node, Side, Subject, subject_of
from u1tray.engine.ports import DiskError, Names, Oddity
from u1tray.syncdaemon.sync import conflicts
from u1tray.syncdaemon.sync.open_files import writers
from u1tray.syncdaemon.sync.volume import SyncedVolume
from u1tray.vocabulary.errors import QuotaError
from u1tray.vocabulary.units import format_bytes
from u1tray.vocabulary.wire import flag

UNREADABLE = "This account may not read it."
UNKNOWN_ENCODING = "Its name is not valid UTF-8, so the cloud cannot hold it."
_ODD = {
    Oddity.SYMLINK: "It is a symbolic link; links are not synced.",
    Oddity.SPECIAL: "It is no file and no directory; such things are not synced.",
    Oddity.OTHER_DISK: "It is on another file system, which is not synced.",
    Oddity.UNREADABLE: UNREADABLE,
}
_IN_SYNC = "in sync"
_SPARED = (
    "It waits because network or power are spared. To sync it all the same: u1sync resume --anyway"
)
_NO_WATCH = (
    "Its folder cannot be watched (fs.inotify.max_user_watches is reached), and is looked at now"
    " and then."
)
_HELD = "Its deletion is held, because so much was deleted at once (u1sync held)."
_MOST_BELOW = 1000
_MOST_BLOCKED = 100
_STUCK = {
    op.Cause.BEING_WRITTEN: "It is being written, or was not read yet.",
    op.Cause.GOING: "It is being deleted in the cloud.",
    op.Cause.MISPLACED: "Something else is in its place, and it was not found again yet.",
    op.Cause.NO_CONTENT: "The cloud has no content for it yet.",
    op.Cause.UNKNOWN_ENCODING: UNKNOWN_ENCODING,
}


async def explain(volume: SyncedVolume, names: Names, free: int | None) -> dict[str, str]:
    """`state`, a sentence, and what is seen here, in the cloud, and was agreed.

    Where something failed, what the cloud or the disk said last, with its `oops_id`. `free` is
    how many bytes are free in the cloud, if that is known.
    """
    trees = volume.trees
    local, remote = trees.find(Side.LOCAL, names), trees.find(Side.REMOTE, names)
    entry = _entry(volume, local) or _entry(volume, remote)
    if entry is not None:
        local = trees.node(Side.LOCAL, entry.local)
        remote = trees.node(Side.REMOTE, entry.remote)
    subject = _subject(entry, local or remote)
    here, cloud = _seen(volume, local), _seen(volume, remote)  # they may be gone by and by
    state, sentence = await _verdict(volume, names, subject, free)
    if state == _IN_SYNC and local is not None and local.is_directory:
        state, sentence = _below(volume, names) or (state, sentence)
    conflict = conflicts.told(volume, names)
    return {
        **_failure(volume, subject),
        **_watch(volume, names),
        **({"conflict": conflict} if conflict else {}),
        "state": state,
        "sentence": sentence,
        "here": here,
        "cloud": cloud,
        "agreed": "nothing"
        if entry is None
        else _content(entry.kind is Kind.DIRECTORY, entry.content),
    }


async def _verdict(
    volume: SyncedVolume, names: Names, subject: Subject | None, free: int | None
) -> tuple[str, str]:
    if (trouble := volume.obstacles.trouble) is not None:
        return "waiting", f"Nothing of this folder is synced for now: {trouble.text}."
    if not volume.sync.local.has_root:
        return "no folder", "The folder is not there: nothing is synced until it is back."
    if (reason := _unreadable(volume, names)) is not None:
        return "unreadable", reason
    if subject is None:
        return await _unseen(volume, names)
    found = _obstacle(volume, subject, free) or _decided(volume, subject)
    if found == ("stuck", _STUCK[op.Cause.BEING_WRITTEN]):
        programs = await asyncio.to_thread(writers, volume.subscription.directory.joinpath(*names))
        if programs:
            return "open", f"It is open for writing in {', '.join(programs)}: still waited for."
    return found


def _unreadable(volume: SyncedVolume, names: Names) -> str | None:
    """Why nobody can say how it is here: it, or a directory it is in, cannot be read."""
    for place, why in volume.obstacles.unreadable:
        if names[: len(place)] == place:
            here = "It cannot be seen how it is here: "
            return why or (UNREADABLE if names == place else f"{here}{place[-1]} may not be read.")
    return None


def _subject(entry: Entry | None, node: Node | None) -> Subject | None:
    if entry is not None:
        return Subject(entry.id)
    return None if node is None else subject_of(node)


def _failure(volume: SyncedVolume, subject: Subject | None) -> dict[str, str]:
    """What was said last, where something failed."""
    trouble = None if subject is None else volume.sync.runner.troubles.get(subject)
    if trouble is None:
        return {}
    error = trouble.error
    found = {"error": error.text, "code": error.code, "oops_id": error.oops_id}
    return {key: value for key, value in found.items() if value} | {"times": str(trouble.times)}


def _watch(volume: SyncedVolume, names: Names) -> dict[str, str]:
    """Whether the kernel tells at once when something changes there."""
    unwatched = volume.folder.watcher.unwatched
    is_watched = names not in unwatched and names[:-1] not in unwatched
    watched = flag(volume.sync.local.has_root and is_watched)
    return {"watched": watched} if is_watched else {"watched": watched, "watch": _NO_WATCH}


def _too_large(error: QuotaError, operation: op.Operation, free: int | None) -> str:
    """What does not fit, and by how much."""
    if not isinstance(operation, op.Transfer) or free is None or operation.content.size <= free:
        return error.text
    size = operation.content.size
    return (
        f"It has {format_bytes(size)}, and {format_bytes(free)} are free in the cloud:"
        f" {format_bytes(size - free)} too much."
    )


def _obstacle(volume: SyncedVolume, subject: Subject, free: int | None) -> tuple[str, str] | None:
    """What stands in the way of what was decided."""
    runner = volume.sync.runner
    if isinstance(runner.held.get(subject), op.Transfer):
        return "paused", _SPARED
    if subject in runner.held:
        return "held", _HELD
    trouble = runner.troubles.get(subject)
    if trouble is None:
        return None
    if isinstance(trouble.error, QuotaError):
        return "no room", _too_large(trouble.error, trouble.operation, free)
    return "waiting", f"{trouble.error.text} (tried {trouble.times} times)"


def _decided(volume: SyncedVolume, subject: Subject) -> tuple[str, str]:
    decision = decide(volume.trees, subject)
    if isinstance(decision, op.Stuck):
        return "stuck", _STUCK[decision.cause]
    if decision is None:
        return _IN_SYNC, "Both sides are the same."
    if not volume.is_connected:
        return "offline", "It will be synced once there is a connection."
    if isinstance(decision, op.Blocked):
        if _is_behind_held(volume, decision):
            return "held", _HELD
        return "waiting", "Something else has to be synced first."
    return "syncing", "It is about to be synced, or on its way."


async def _unseen(volume: SyncedVolume, names: Names) -> tuple[str, str]:
    """Something that is in no tree: left alone, or not there."""
    for count in range(len(names)):
        (listing,) = await volume.folder.list([names[:count]])
        if isinstance(listing, DiskError):
            return "unreadable", listing.text
        if listing is None:
            break
        odd = listing.oddities.get(names[count])
        if odd is Oddity.UNREADABLE:
            return "unreadable", _ODD[odd]
        if odd is Oddity.IGNORED:
            return "ignored", _rule(volume, names)
        if odd is not None:
            return "ignored", _ODD[odd]
    return "not there", "There is nothing of that name, here or in the cloud."


def _rule(volume: SyncedVolume, names: Names) -> str:
    rule = volume.folder.ignore.rule(names)
    return "A rule says to ignore it" + (f": {rule}" if rule else "") + "."


def _is_behind_held(volume: SyncedVolume, decision: op.Blocked) -> bool:
    """Whether what comes first is held: a directory waits for all that is in it."""
    for _ in range(_MOST_BLOCKED):
        if decision.by in volume.sync.runner.held:
            return True
        found = decide(volume.trees, decision.by)
        if not isinstance(found, op.Blocked):
            return False
        decision = found
    return False


def _below(volume: SyncedVolume, names: Names) -> tuple[str, str] | None:
    """What a directory is waiting for that is itself the same on both sides."""
    if volume.is_at_peace:
        return None  # or a million files would be compared to find that out
    places = [
        _place(volume, one) for one in itertools.islice(volume.trees.differences(), _MOST_BELOW)
    ]
    found = [one for one in places if len(one) > len(names) and one[: len(names)] == names]
    if not found:
        return None
    first = volume.subscription.directory.joinpath(*found[0])
    many = "at least " if len(places) >= _MOST_BELOW else ""
    count = f"are {many}{len(found)} things" if len(found) > 1 else "is something"
    return "waiting", f"In it {count} not in sync yet, such as {first}"


def _place(volume: SyncedVolume, subject: Subject) -> Names:
    """Where something is; empty if that is not known any more."""
    known: list[tuple[Side, int | None]] = []
    if subject.side is not None:
        known = [(subject.side, subject.id)]
    elif (entry := volume.trees.entry(subject.id)) is not None:
        known = [(side, entry.node(side)) for side in Side]
    for side, node in known:
        if node is not None:
            with contextlib.suppress(KeyError):
                return volume.trees.names(side, node)
    return ()


def _entry(volume: SyncedVolume, node: Node | None) -> Entry | None:
    return None if node is None or node.entry is None else volume.trees.entry(node.entry)


def _seen(volume: SyncedVolume, node: Node | None) -> str:
    if node is None:
        return "nothing"
    where = "/".join(volume.trees.names(node.side, node.id))
    return f"{_content(node.is_directory, node.content)} at {where or '/'}"


def _content(is_directory: bool, content: Content | None) -> str:
    if is_directory:
        return "a directory"
    if content is None:
        return "a file without known content"
    return f"a file of {content.size} bytes, sha1:{content.sha1.hex()}"
